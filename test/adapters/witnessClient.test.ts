import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { afterEach, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { WitnessClient, type WitnessTalk } from '../../src/adapters/witnessClient.ts';
import type { WitnessAnswer, WitnessReply } from '../../src/core/witnessWords.ts';
import { reply, request } from '../wire/exampleWitness.ts';

const clients: WitnessClient[] = [];
const sockets: Socket[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.close();
  for (const socket of sockets.splice(0)) socket.close();
});

/** A talk of one word: whatever comes is an answer, unless it says no. */
function simpleTalk(send: (bytes: Uint8Array) => void): WitnessTalk {
  const waiting = new Set<(answer: WitnessReply) => void>();
  return {
    ask: (_, onAnswer) => {
      waiting.add(onAnswer);
      send(Buffer.from('ask'));
      return () => void waiting.delete(onAnswer);
    },
    hear: (bytes) => {
      if (Buffer.from(bytes).toString() !== 'yes') return 'bad-mac';
      for (const onAnswer of waiting) onAnswer(reply);
      waiting.clear();
      return undefined;
    },
  };
}

function client(port: number): WitnessClient {
  const made = new WitnessClient();
  clients.push(made);
  made.moveTo({ address: '127.0.0.1', port, createTalk: simpleTalk });
  return made;
}

async function listener(port = 0): Promise<Socket> {
  const socket = createSocket('udp4');
  socket.bind(port, '127.0.0.1');
  await once(socket, 'listening');
  sockets.push(socket);
  return socket;
}

function ask(from: WitnessClient, waitMs: number): Promise<WitnessAnswer> {
  return new Promise((resolve) => from.ask(request, waitMs, resolve));
}

suite('the socket to a witness', () => {
  test('carries questions and answers', async () => {
    const witness = await listener();
    witness.on('message', (_, { port, address }) => witness.send('yes', port, address));
    const node = client(witness.address().port);
    await sleep(50);
    assert.deepEqual(await ask(node, 2_000), reply);
  });

  test('answers with silence, once and in time, where nobody listens', async () => {
    const witness = await listener();
    const { port } = witness.address();
    sockets.splice(sockets.indexOf(witness), 1);
    await new Promise<void>((resolve) => witness.close(() => resolve()));
    const node = client(port);
    await sleep(50);
    const beganMs = performance.now();
    assert.deepEqual(await Promise.all([ask(node, 150), ask(node, 150)]), [{ kind: 'silent' }, { kind: 'silent' }]);
    assert.ok(performance.now() - beganMs < 2_000);
    const again = await listener(port);
    again.on('message', (_, source) => again.send('yes', source.port, source.address));
    assert.deepEqual(await ask(node, 2_000), reply);
  });

  test('answers with silence where there is no witness', async () => {
    assert.deepEqual(await ask(new WitnessClient(), 20), { kind: 'silent' });
  });

  test('counts what is no answer, and hears nobody but the witness', async () => {
    const witness = await listener();
    const stranger = await listener();
    const node = client(witness.address().port);
    await sleep(50);
    const source = new Promise<number>((resolve) => witness.once('message', (_, { port }) => resolve(port)));
    const answered = ask(node, 400);
    const port = await source;
    stranger.send('yes', port, '127.0.0.1');
    witness.send('no', port, '127.0.0.1');
    assert.deepEqual(await answered, { kind: 'silent' });
    assert.deepEqual(node.rejections(), { 'bad-mac': 1 });
  });

  test('gives up what was asked at the place before', async () => {
    const first = await listener();
    const second = await listener();
    second.on('message', (_, { port, address }) => second.send('yes', port, address));
    const node = client(first.address().port);
    await sleep(50);
    const old = ask(node, 200);
    node.moveTo({ address: '127.0.0.1', port: second.address().port, createTalk: simpleTalk });
    await sleep(50);
    assert.deepEqual(await ask(node, 2_000), reply);
    assert.deepEqual(await old, { kind: 'silent' });
  });
});
