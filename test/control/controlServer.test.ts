import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createConnection, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Handler } from '../../src/control/controlConnection.ts';
import { type ResponseLine, requestBytesMax } from '../../src/control/controlProtocol.ts';
import { type ControlLimits, type ControlServer, openControlServer } from '../../src/control/controlServer.ts';
import { LineReader } from '../../src/control/jsonLines.ts';
import type { Reply } from '../../src/control/reply.ts';
import { sendPieces } from '../../src/control/sendPieces.ts';

suite('the control sockets', () => {
  test('control.sock takes a changing verb', async (t) => {
    const { runDir } = await serve(t, echo);
    const client = connect(t, runDir, 'control.sock');
    client.say({ verb: 'takeover', groups: ['site'] });
    assert.deepEqual(await client.line(), { type: 'done', sentence: 'takeover by control.sock', exitCode: 0 });
  });

  test('status.sock takes the reading verbs and no other', async (t) => {
    const { runDir } = await serve(t, echo);
    const client = connect(t, runDir, 'status.sock');
    client.say({ verb: 'status' });
    assert.equal((await client.line())?.type, 'done');
    client.say({ verb: 'release', groups: [] });
    assert.deepEqual(await client.line(), {
      type: 'refused',
      sentence: 'status.sock takes only status, watch, events, snapshot, recording, not release',
      next: 'use control.sock, as root',
      exitCode: 5,
    });
  });

  test('sync.sock takes the verbs of the syncer and no other', async (t) => {
    const { runDir } = await serve(t, echo);
    const client = connect(t, runDir, 'sync.sock');
    client.say({ verb: 'sync-begin', group: 'site' });
    assert.equal((await client.line())?.type, 'done');
    client.say({ verb: 'status' });
    assert.equal((await client.line())?.type, 'refused');
  });

  test('nobody but the owner may open them when their groups do not exist, and that is said', async (t) => {
    const { runDir, server } = await serve(t, echo);
    for (const name of ['control.sock', 'status.sock', 'sync.sock']) {
      assert.equal((statSync(join(runDir, name)).mode & 0o777).toString(8), '600', name);
    }
    assert.deepEqual(server.notes, [
      "there is no group no-such-group: only root and this daemon's user may open status.sock",
      "there is no group no-such-group: only root and this daemon's user may open sync.sock",
    ]);
  });

  test('the group of status.sock may open it', async (t) => {
    const gid = process.getegid?.() ?? 0;
    const group = readFileSync('/etc/group', 'utf8')
      .split('\n')
      .find((line) => line.split(':')[2] === String(gid));
    if (group === undefined) return t.skip('the group of this process is not in /etc/group');
    const { runDir } = await serve(t, echo, {}, group.split(':')[0]);
    const stats = statSync(join(runDir, 'status.sock'));
    assert.equal((stats.mode & 0o777).toString(8), '660');
    assert.equal(stats.gid, gid);
    assert.equal((statSync(join(runDir, 'control.sock')).mode & 0o777).toString(8), '600');
  });

  test('the sockets of a daemon that was killed are replaced', async (t) => {
    const runDir = folder(t);
    const path = join(runDir, 'control.sock');
    const script = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => console.log('open'))`;
    const killed = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'ignore'] });
    await once(killed.stdout, 'data');
    killed.kill('SIGKILL');
    await once(killed, 'exit');
    assert(statSync(path).isSocket());
    await serve(t, echo, {}, undefined, runDir);
    const client = connect(t, runDir, 'control.sock');
    client.say({ verb: 'status' });
    assert.equal((await client.line())?.type, 'done');
  });

  test('the sockets of a daemon that lives are left alone', async (t) => {
    const { runDir } = await serve(t, echo);
    const second = await openControlServer({ runDir, handler: echo });
    assert(!second.ok);
    assert.equal(second.kind, 'inUse');
    assert.match(second.sentence, /control\.sock: is a second twinbeatd running\?$/);
    const client = connect(t, runDir, 'control.sock');
    client.say({ verb: 'status' });
    assert.equal((await client.line())?.type, 'done');
  });

  test('a file that is no socket is not removed', async (t) => {
    const runDir = folder(t);
    writeFileSync(join(runDir, 'status.sock'), 'precious');
    const opened = await openControlServer({ runDir, handler: echo });
    assert(!opened.ok);
    assert.equal(opened.kind, 'notASocket');
    assert.equal(readFileSync(join(runDir, 'status.sock'), 'utf8'), 'precious');
    assert(!statSync(join(runDir, 'control.sock'), { throwIfNoEntry: false }), 'what was opened is closed again');
  });

  test('a folder that is not there is a sentence, not an exception', async (t) => {
    const opened = await openControlServer({ runDir: join(folder(t), 'missing'), handler: echo });
    assert(!opened.ok);
    assert.equal(opened.kind, 'failed');
    assert.match(opened.sentence, /^cannot open .*control\.sock: /);
  });

  test('closing removes the sockets', async (t) => {
    const { runDir, server } = await serve(t, echo);
    await server.close();
    for (const name of ['control.sock', 'status.sock', 'sync.sock']) {
      assert.equal(statSync(join(runDir, name), { throwIfNoEntry: false }), undefined, name);
    }
  });
});

suite('a client of the control socket', () => {
  test('gets the answers of several requests one after another, in order', async (t) => {
    const { runDir } = await serve(t, (request, reply) => {
      setTimeout(
        () => reply.line({ type: 'done', sentence: request.verb, exitCode: 0 }),
        request.verb === 'ack' ? 20 : 0,
      );
    });
    const client = connect(t, runDir, 'control.sock');
    client.say({ verb: 'ack' }, { verb: 'status' }, { verb: 'events' });
    const sentences = [await client.line(), await client.line(), await client.line()].map((line) => sentenceOf(line));
    assert.deepEqual(sentences, ['ack', 'status', 'events']);
  });

  test('gets an answer after it closed its sending half', async (t) => {
    const { runDir } = await serve(t, (_request, reply) => void setTimeout(() => reply.end(), 20));
    const client = connect(t, runDir, 'control.sock');
    client.socket.end('{"verb":"status"}\n');
    assert.deepEqual(await client.line(), { type: 'done', sentence: '', exitCode: 0 });
    assert.equal(await client.line(), undefined, 'and then the connection is closed');
  });

  test('a watch ends when the client hangs up', async (t) => {
    const closed = Promise.withResolvers<void>();
    const { runDir } = await serve(t, (_request, reply) => {
      reply.onClosed(closed.resolve);
      reply.line({ type: 'step', group: 'site', sentence: 'first' });
    });
    const client = connect(t, runDir, 'control.sock');
    client.say({ verb: 'watch' });
    await client.line();
    client.socket.destroy();
    await closed.promise;
  });

  test('nothing is sent after the final line, and a hang-up after it is not reported', async (t) => {
    let hangUps = 0;
    const { runDir } = await serve(t, (_request, reply) => {
      reply.onClosed(() => {
        hangUps += 1;
      });
      reply.line({ type: 'done', sentence: 'first', exitCode: 0 });
      assert.equal(reply.line({ type: 'done', sentence: 'second', exitCode: 1 }), false);
      reply.end();
    });
    const client = connect(t, runDir, 'control.sock');
    client.socket.end('{"verb":"status"}\n');
    assert.equal(sentenceOf(await client.line()), 'first');
    assert.equal(await client.line(), undefined);
    assert.equal(hangUps, 0);
  });

  const hostile: ReadonlyArray<{ name: string; bytes: string | Uint8Array; says: RegExp }> = [
    { name: 'no JSON', bytes: 'GET / HTTP/1.1\r\n\r\n', says: /^a request is one JSON object a line$/ },
    { name: 'binary', bytes: new Uint8Array([0, 255, 254, 10]), says: /^a request is one JSON object a line$/ },
    { name: 'no object', bytes: '7\n', says: /^a request is one JSON object with a verb$/ },
    { name: 'an unknown verb', bytes: '{"verb":"format"}\n', says: /^this daemon does not know the verb "format"$/ },
    { name: 'a line without end', bytes: 'x'.repeat(requestBytesMax + 1), says: /^a request has at most 16384 bytes$/ },
    { name: 'deep nesting', bytes: `${'['.repeat(16_000)}\n`, says: /^a request is one JSON object/ },
    {
      name: 'many requests at once',
      bytes: '{"verb":"watch"}\n'.repeat(50),
      says: /^too many requests before the first was answered$/,
    },
  ];
  for (const { name, bytes, says } of hostile) {
    test(`is told what is wrong, and nobody else notices: ${name}`, async (t) => {
      const { runDir } = await serve(t, (request, reply) => {
        if (request.verb === 'status') reply.end();
      });
      const client = connect(t, runDir, 'control.sock');
      client.socket.write(bytes);
      const line = await client.line();
      assert.equal(line?.type, 'failed');
      assert.match(sentenceOf(line), says);
      const other = connect(t, runDir, 'control.sock');
      other.say({ verb: 'status' });
      assert.equal((await other.line())?.type, 'done');
    });
  }

  test('that sends nothing is closed after a while', async (t) => {
    const { runDir } = await serve(t, echo, { idleMs: 100 });
    const client = connect(t, runDir, 'control.sock');
    client.socket.write('{"verb":');
    assert.equal(await client.line(), undefined);
  });

  test('that waits for an answer is not closed', async (t) => {
    const { runDir } = await serve(t, (_request, reply) => void setTimeout(() => reply.end(), 1500), { idleMs: 100 });
    const client = connect(t, runDir, 'control.sock');
    client.say({ verb: 'status' });
    assert.equal((await client.line())?.type, 'done');
  });

  test('that does not read is dropped before its queue outgrows the bound, and others are served meanwhile', async (t) => {
    const queueBytesMax = 100_000;
    const big: ResponseLine = { type: 'event', event: { text: 'x'.repeat(1000) } };
    const closed = Promise.withResolvers<number>();
    const { runDir } = await serve(
      t,
      (request, reply) => {
        if (request.verb === 'status') return reply.end();
        let lines = 0;
        reply.onClosed(() => closed.resolve(lines));
        const flood = setInterval(() => {
          for (let n = 0; n < 100; n += 1) if (reply.line(big)) lines += 1;
        }, 1);
        t.after(() => clearInterval(flood));
      },
      { queueBytesMax },
    );
    const client = connect(t, runDir, 'control.sock');
    client.socket.pause();
    client.say({ verb: 'watch' });
    const other = connect(t, runDir, 'control.sock');
    other.say({ verb: 'status' });
    assert.equal((await other.line())?.type, 'done');
    const lines = await closed.promise;
    assert(lines * 1000 < 2_000_000, `${lines} lines were taken`);
  });

  test('that takes no byte of a waiting answer for a while is dropped', async (t) => {
    const closed = Promise.withResolvers<void>();
    const { runDir } = await serve(
      t,
      (_request, reply) => {
        reply.onClosed(closed.resolve);
        while (reply.line({ type: 'event', event: { text: 'x'.repeat(1000) } }));
      },
      { stuckMs: 100 },
    );
    const client = connect(t, runDir, 'control.sock');
    client.socket.pause();
    client.say({ verb: 'events', follow: true });
    await closed.promise;
  });

  test('gets a long answer whole when the handler waits for it to drain', async (t) => {
    const count = 5000;
    const { runDir } = await serve(
      t,
      (_request, reply) => {
        let sent = 0;
        const more = (): void => {
          while (sent < count) {
            sent += 1;
            if (!reply.line({ type: 'event', event: { sent, text: 'x'.repeat(200) } })) return reply.onDrained(more);
          }
          reply.end();
        };
        more();
      },
      { queueBytesMax: 100_000 },
    );
    const client = connect(t, runDir, 'control.sock');
    client.say({ verb: 'events' });
    await sleep(50);
    let events = 0;
    for (let line = await client.line(); line?.type === 'event'; line = await client.line()) events += 1;
    assert.equal(events, count);
  });

  test('that hangs up in the middle of a long answer has nothing more made for it', async (t) => {
    let made = 0;
    const texts = function* (): Generator<string, void, undefined> {
      for (; made < 50_000; made += 1) yield 'x'.repeat(1000);
    };
    const { runDir } = await serve(t, (_request, reply) => sendPieces(texts(), reply));
    const client = connect(t, runDir, 'status.sock');
    client.say({ verb: 'recording' });
    await client.line();
    client.socket.destroy();
    await sleep(100);
    assert(made < 25_000, `${made} of 50000 pieces were made`);
  });

  test('beyond the bound is told so, and a crowd on status.sock does not lock control.sock', async (t) => {
    const { runDir } = await serve(t, echo, { connectionsMax: 2 });
    const crowd = [connect(t, runDir, 'status.sock'), connect(t, runDir, 'status.sock')];
    for (const { socket } of crowd) await once(socket, 'connect');
    const third = connect(t, runDir, 'status.sock');
    const line = await third.line();
    assert.equal(line?.type, 'failed');
    assert.equal(sentenceOf(line), '2 clients are connected to status.sock, which is all that it takes');
    const operator = connect(t, runDir, 'control.sock');
    operator.say({ verb: 'status' });
    assert.equal((await operator.line())?.type, 'done');
    crowd[0]?.socket.destroy();
    await sleep(20);
    const fourth = connect(t, runDir, 'status.sock');
    fourth.say({ verb: 'status' });
    assert.equal((await fourth.line())?.type, 'done');
  });
});

const echo: Handler = (request, reply) => {
  reply.line({ type: 'done', sentence: `${request.verb} by ${reply.socketName}`, exitCode: 0 });
};

async function serve(
  t: TestContext,
  handler: (request: Parameters<Handler>[0], reply: Reply) => void,
  limits: Partial<ControlLimits> = {},
  group = 'no-such-group',
  runDir: string = folder(t),
): Promise<{ readonly runDir: string; readonly server: ControlServer }> {
  const opened = await openControlServer({ runDir, handler, limits, groups: { status: group, sync: group } });
  assert(opened.ok, 'the server opens');
  t.after(() => opened.server.close());
  return { runDir, server: opened.server };
}

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'twinbeat-control-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}

interface Client {
  readonly socket: Socket;
  say(...requests: readonly object[]): void;
  /** The next line; undefined when the server has closed the connection. */
  line(): Promise<ResponseLine | undefined>;
}

function connect(t: TestContext, runDir: string, name: string): Client {
  const socket = createConnection({ path: join(runDir, name), allowHalfOpen: true });
  t.after(() => socket.destroy());
  const reader = new LineReader(1_000_000);
  const lines: unknown[] = [];
  let isClosed = false;
  let wake: () => void = () => undefined;
  const closed = (): void => {
    isClosed = true;
    wake();
  };
  socket.on('error', closed).on('end', closed).on('close', closed);
  return {
    socket,
    say: (...requests) => void socket.write(requests.map((request) => `${JSON.stringify(request)}\n`).join('')),
    async line() {
      if (socket.listenerCount('data') === 0) {
        socket.on('data', (chunk: Buffer) => {
          for (const result of reader.push(chunk)) lines.push(result.kind === 'value' ? result.value : result);
          wake();
        });
      }
      while (lines.length === 0 && !isClosed) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return lines.shift() as ResponseLine | undefined;
    },
  };
}

function sentenceOf(line: ResponseLine | undefined): string {
  return line !== undefined && 'sentence' in line ? line.sentence : '';
}
