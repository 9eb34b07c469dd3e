import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { suite, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { echoRequest, isEchoReply } from '../../src/runner/echo.ts';
import type { Ping, PingResult } from '../../src/runner/icmp.ts';
import { Pinger } from '../../src/runner/pinger.ts';
import { makeNetwork } from './machine/pretendedNetwork.ts';
import { makeRunner, waitFor } from './machine/runnerUnderTest.ts';

const question = { family: 4, id: 0x1234, sequence: 7, nonce: Buffer.from('0123456789abcdef') } as const;
const ip4Header = Buffer.alloc(20);
ip4Header.writeUInt8(0x45, 0);

/** What a target makes of a request. */
function replyTo(request: Buffer, type: number): Buffer {
  const reply = Buffer.from(request);
  reply.writeUInt8(type, 0);
  return reply;
}

suite('ICMP echo', () => {
  test('a request of IPv4 adds up to nothing, as RFC 1071 has it', () => {
    const request = echoRequest(question);
    let sum = 0;
    for (let at = 0; at < request.length; at += 2) sum += request.readUInt16BE(at);
    assert.equal((sum & 0xffff) + (sum >>> 16), 0xffff);
    assert.equal(request.readUInt8(0), 8);
    assert.equal(echoRequest({ ...question, family: 6 }).readUInt8(0), 128);
  });

  test('only a reply with the id, the sequence and the nonce of the question answers it', () => {
    const good = Buffer.concat([ip4Header, replyTo(echoRequest(question), 0)]);
    assert.equal(isEchoReply(good, question), true);
    for (const other of [
      { ...question, id: 1 },
      { ...question, sequence: 8 },
      { ...question, nonce: Buffer.from('0123456789abcdeF') },
    ]) {
      assert.equal(isEchoReply(good, other), false);
    }
    assert.equal(isEchoReply(Buffer.concat([ip4Header, echoRequest(question)]), question), false, 'a request');
    const six = { ...question, family: 6 } as const;
    assert.equal(isEchoReply(replyTo(echoRequest(six), 129), six), true);
  });

  test('whatever else arrives is no answer, and throws nothing', () => {
    const good = Buffer.concat([ip4Header, replyTo(echoRequest(question), 0)]);
    for (let length = 0; length < good.length; length += 1) {
      assert.equal(isEchoReply(good.subarray(0, length), question), false);
    }
    for (let count = 0; count < 2000; count += 1) {
      assert.equal(isEchoReply(randomBytes(count % 80), { ...question, family: count % 2 === 0 ? 4 : 6 }), false);
    }
  });
});

/** A pinger whose target answers as the list says, then no more questions come. */
async function playAnswers(t: TestContext, answers: string): Promise<readonly string[]> {
  const told: string[] = [];
  let asked = 0;
  const isDone = Promise.withResolvers<undefined>();
  const ping: Ping = async () => {
    const answer = answers[asked];
    asked += 1;
    if (answer === undefined) {
      isDone.resolve(undefined);
      return new Promise<PingResult>(() => undefined);
    }
    return answer === '+' ? { kind: 'answered' } : { kind: answer === '!' ? 'unsent' : 'silent', detail: 'no way' };
  };
  const pinger = new Pinger({
    ping,
    onChange: (_, isUp) => told.push(`${asked}${isUp ? ' up' : ' down'}`),
    onProblem: (sentence) => told.push(sentence),
  });
  t.after(() => pinger.close());
  pinger.apply({ targets: ['10.0.0.1'], intervalMs: 1, timeoutMs: 1 });
  await isDone.promise;
  return told;
}

suite('ping targets', () => {
  test('one lost packet, and two in a row, are no news', async (t) => {
    assert.deepEqual(await playAnswers(t, '++-+--++-+--+'), ['1 up']);
  });

  test('three in a row are, and two answers in a row bring it back', async (t) => {
    assert.deepEqual(await playAnswers(t, '+---------+-+-++'), ['1 up', '4 down', '16 up']);
  });

  test('a target that never answered is told as gone after three', async (t) => {
    assert.deepEqual(await playAnswers(t, '-----'), ['3 down']);
  });

  test('what cannot be sent counts as unanswered, and the reason is told once', async (t) => {
    assert.deepEqual(await playAnswers(t, '+!!!!++'), [
      '1 up',
      'ping target 10.0.0.1 cannot be asked: no way',
      '4 down',
      '7 up',
    ]);
  });

  test('a reload asks new targets, forgets old ones and goes on with what it knows of the others', async (t) => {
    const told: string[] = [];
    const pinger = new Pinger({
      ping: async (target) => ({ kind: target === '10.0.0.1' ? 'answered' : 'silent' }),
      onChange: (target, isUp) => told.push(`${target} ${isUp}`),
      onProblem: () => undefined,
    });
    t.after(() => pinger.close());
    const pace = { intervalMs: 2, timeoutMs: 1 };
    pinger.apply({ targets: ['10.0.0.1', '10.0.0.2'], ...pace });
    while (told.length < 2) await sleep(1);
    pinger.apply({ targets: ['10.0.0.1', '10.0.0.3'], ...pace });
    assert.deepEqual(pinger.known(), [{ target: '10.0.0.1', isUp: true }]);
    while (told.length < 3) await sleep(1);
    assert.deepEqual(told, ['10.0.0.1 true', '10.0.0.2 false', '10.0.0.3 false']);
    pinger.apply(undefined);
    assert.deepEqual(pinger.known(), []);
  });
});

test('a runner tells its head which targets answer, by IPv4, IPv6 and link-local address', async (t) => {
  const network = await makeNetwork(t);
  if (network === undefined) return;
  network.host('ip addr add 10.77.0.1/24 dev eth0; ip addr add fd77::1/64 dev eth0 nodad');
  const runner = makeRunner(t, [], network.hostPrefix);
  // The kernel gives it a moment after the cable was plugged in.
  let local: string | undefined;
  const hasLocal = await waitFor(() => {
    local = /fe80::[0-9a-f:]+/.exec(network.peer('ip -6 -o addr show dev eth0 scope link'))?.[0];
    return local !== undefined;
  });
  assert(hasLocal, 'the peer has a link-local address');
  const targets = ['10.77.0.2', 'fd77::2', `${local}%eth0`, '10.77.0.9', '192.0.2.1'];
  runner.writePlan([], { ping: { targets, intervalMs: 250, timeoutMs: 250 } });
  await runner.start();
  const head = await runner.connect();
  for (const target of targets.slice(0, 3)) {
    // A kernel uses a link-local address of its own only when it has looked for its double.
    await head.next('ping', (said) => said.target === target && said.isUp);
  }
  for (const target of targets.slice(3)) {
    assert.equal((await head.next('ping', (said) => said.target === target)).isUp, false, target);
  }
  const problem = /ping target 192\.0\.2\.1 cannot be asked: no way there/;
  assert(await waitFor(() => problem.test(runner.log.join(''))), runner.log.join(''));

  // The cable is there and nothing comes through: what a blocked port of a switch is like.
  network.peer('ip addr del 10.77.0.2/24 dev eth0');
  assert.equal((await head.next('ping', ({ target }) => target === '10.77.0.2')).isUp, false);
  network.peer('ip addr add 10.77.0.2/24 dev eth0');
  assert.equal((await head.next('ping', ({ target }) => target === '10.77.0.2')).isUp, true);

  const later = await runner.connect('bbbbbbbbbbbbbbbb');
  const said = await Promise.all(targets.map(() => later.next('ping')));
  assert.deepEqual(
    said.filter(({ isUp }) => isUp).map(({ target }) => target),
    targets.slice(0, 3),
    'a new head is told what is known',
  );
});
