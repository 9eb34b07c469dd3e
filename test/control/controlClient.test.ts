import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Outcome, request, responseBytesMax } from '../../src/control/controlClient.ts';
import type { Request } from '../../src/control/controlProtocol.ts';

const done = { type: 'done', sentence: 'released', exitCode: 0 };

suite('a request', () => {
  test('hands over every line in order and ends with the final one', async (t) => {
    const path = await answer(t, (socket) => {
      const lines = [1, 2, 3].map((n) => ({ type: 'step', group: 'site', sentence: `step ${n}` }));
      socket.write([...lines, done].map((line) => `${JSON.stringify(line)}\n`).join(''));
    });
    const steps: string[] = [];
    const outcome = await ask(path, { verb: 'release', groups: [] }, (line) => {
      if (line.type === 'step') steps.push(line.sentence);
    });
    assert.deepEqual(outcome, { kind: 'answered', line: done });
    assert.deepEqual(steps, ['step 1', 'step 2', 'step 3']);
  });

  test('reads no faster than its lines are taken', async (t) => {
    let sent = 0;
    const path = await answer(t, (socket) => {
      const more = (): void => {
        while (sent < 20_000) {
          sent += 1;
          const line = { type: 'event', event: { n: sent, text: 'x'.repeat(100) } };
          if (!socket.write(`${JSON.stringify(line)}\n`)) return void socket.once('drain', more);
        }
        socket.write(`${JSON.stringify(done)}\n`);
      };
      more();
    });
    let isFirst = true;
    const outcome = await ask(path, { verb: 'events' }, async () => {
      if (!isFirst) return;
      isFirst = false;
      await sleep(100);
      assert(sent < 20_000, 'the whole answer was taken while the first line was not printed');
    });
    assert.equal(outcome.kind, 'answered');
  });

  test('does not swallow what its caller throws', async (t) => {
    const path = await answer(t, (socket) => void socket.write('{"type":"event","event":{}}\n'));
    const broken = ask(path, { verb: 'events' }, () => {
      throw new TypeError('a bug in the printer');
    });
    await assert.rejects(broken, /a bug in the printer/);
  });

  test('ends when its caller wants it to', async (t) => {
    const path = await answer(t, () => undefined);
    const stop = new AbortController();
    const outcome = request(path, { verb: 'watch' }, () => undefined, { firstLineMs: 5000, signal: stop.signal });
    stop.abort();
    assert.deepEqual(await outcome, { kind: 'stopped' });
  });

  test('says that the daemon does not answer when it says nothing', async (t) => {
    const path = await answer(t, () => undefined);
    const outcome = await ask(path, { verb: 'status' }, () => undefined, { firstLineMs: 50 });
    assert(outcome.kind === 'unreachable');
    assert.match(outcome.sentence, /^twinbeatd does not answer on .* for 0\.05 s: it stalls/);
  });

  test('says that a daemon that has fallen silent in the middle of a stream does not answer', async (t) => {
    const path = await answer(t, (socket) => {
      for (const delayMs of [0, 60, 120]) setTimeout(() => socket.write('{"type":"event","event":{}}\n'), delayMs);
    });
    const options = { firstLineMs: 5000, quietMs: 100, totalMs: 5000 };
    let lines = 0;
    const outcome = await ask(
      path,
      { verb: 'watch' },
      async () => {
        lines += 1;
        // Whoever prints slowly is not taken for a silent daemon.
        if (lines === 2) await sleep(250);
      },
      options,
    );
    assert.equal(lines, 3);
    assert(outcome.kind === 'unreachable', JSON.stringify(outcome));
    assert.match(outcome.sentence, /^twinbeatd does not answer on .* for 0\.1 s: it stalls/);
  });

  test('says that it is not finished when steps come and no end', async (t) => {
    const path = await answer(t, (socket) => {
      socket.write('{"type":"step","group":"site","sentence":"stopping"}\n');
    });
    const outcome = await ask(path, { verb: 'takeover', groups: [], wait: true }, () => undefined, { totalMs: 100 });
    assert.deepEqual(outcome, { kind: 'timedOut', sentence: 'not finished after 0.1 s', next: 'run hactl status' });
  });

  const broken: ReadonlyArray<{ name: string; bytes: string | Uint8Array; says: RegExp }> = [
    { name: 'garbage', bytes: 'SSH-2.0-OpenSSH_9.2\r\n', says: /not JSON: "SSH-2.0-OpenSSH_9.2"$/ },
    { name: 'binary', bytes: new Uint8Array(3000).fill(10).fill(255, 0, 2000), says: /not JSON: / },
    { name: 'a huge line', bytes: 'x'.repeat(responseBytesMax + 1), says: /a line is longer than 1048576 bytes$/ },
    { name: 'an unknown line', bytes: '{"type":"constructor"}\n', says: /it is no line of an answer$/ },
    {
      name: 'an exit code that no process has',
      bytes: '{"type":"done","sentence":"","exitCode":1e999}\n',
      says: /exitCode/,
    },
    { name: 'half a status', bytes: '{"type":"status","status":{"schema":1}}\n', says: /status\.cluster is no text$/ },
  ];
  for (const { name, bytes, says } of broken) {
    test(`to something that answers ${name} says what came`, async (t) => {
      const path = await answer(t, (socket) => void socket.end(bytes));
      const outcome = await ask(path, { verb: 'status' });
      assert(outcome.kind === 'broken', JSON.stringify(outcome));
      assert.match(outcome.sentence, says);
      assert(outcome.sentence.length < 250);
    });
  }

  test('says so when the daemon goes away in the middle of its answer', async (t) => {
    const path = await answer(t, (socket) => void socket.end('{"type":"status","sta'));
    const outcome = await ask(path, { verb: 'status' });
    assert(outcome.kind === 'unreachable' && outcome.code === 'HANGUP', JSON.stringify(outcome));
  });

  test('says so when the daemon slams the door', async (t) => {
    const path = await answer(t, (socket) => void socket.destroy());
    const outcome = await ask(path, { verb: 'status' });
    assert(outcome.kind === 'unreachable', JSON.stringify(outcome));
  });

  test('says which file is missing, refused or not answered', async (t) => {
    const dir = folder(t);
    const missing = await ask(join(dir, 'control.sock'), { verb: 'status' });
    assert(missing.kind === 'unreachable');
    assert.equal(missing.sentence, `twinbeatd is not running: ${dir}/control.sock does not exist`);
    assert.equal(missing.next, 'run systemctl status twinbeat');

    writeFileSync(join(dir, 'dead.sock'), '');
    const dead = await ask(join(dir, 'dead.sock'), { verb: 'status' });
    assert(dead.kind === 'unreachable');
    assert.equal(dead.sentence, `twinbeatd is not running: nobody listens on ${dir}/dead.sock`);

    const long = await ask(join(dir, 'x'.repeat(200)), { verb: 'status' });
    assert(long.kind === 'unreachable');
    assert.match(long.sentence, /^cannot connect to /);
  });

  test('without permission says how to get it', async (t) => {
    if (process.geteuid?.() === 0) process.seteuid?.(65534);
    t.after(() => process.seteuid?.(process.getuid?.() ?? 0));
    const dir = folder(t);
    const path = await answer(t, () => undefined, dir);
    chmodSync(path, 0);
    const status = await ask(path, { verb: 'status' });
    assert(status.kind === 'unreachable', JSON.stringify(status));
    assert.equal(status.sentence, `permission denied on ${path}`);
    assert.match(status.next, /sudo adduser "\$USER" twinbeat/);
    const release = await ask(path, { verb: 'release', groups: [] });
    assert(release.kind === 'unreachable');
    assert.equal(release.next, 'run it with sudo');
  });
});

function ask(
  path: string,
  asked: Request,
  onLine: Parameters<typeof request>[2] = () => undefined,
  limits: { readonly firstLineMs?: number; readonly totalMs?: number } = {},
): Promise<Outcome> {
  return request(path, asked, onLine, { firstLineMs: 5000, totalMs: 5000, ...limits });
}

/** A server that does `onRequest` with each connection that has sent something. */
async function answer(t: TestContext, onRequest: (socket: Socket) => void, dir = folder(t)): Promise<string> {
  const path = join(dir, 'control.sock');
  const server = createServer((socket) => {
    t.after(() => socket.destroy());
    socket.on('error', () => undefined);
    socket.once('data', () => onRequest(socket));
  });
  t.after(() => server.close());
  server.listen(path);
  await once(server, 'listening');
  return path;
}

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'twinbeat-client-'));
  t.after(() => rmSync(path, { recursive: true, force: true }));
  return path;
}
