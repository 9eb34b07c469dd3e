import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { Log, type LogStyle } from '../../src/adapters/log.ts';

const root = await mkdtemp(join(tmpdir(), 'twinbeat-log-'));
after(() => rm(root, { recursive: true, force: true }));

test('under journald a line begins with its priority, and has no time', async () => {
  const lines = await written('journald', (log) => {
    log.info('started');
    log.warning('late');
    log.error('wrong');
    log.fatal('over');
    log.entry({
      id: 'decided',
      atMs: 1,
      wallMs: 1,
      level: 'info',
      group: 'site',
      rule: 'owner',
      sentence: 'it is ours',
    });
    const lost = { rule: 'peer-lost', evidence: 'E6', sentence: 'the peer is gone' } as const;
    log.entry({ id: 'decided', atMs: 1, wallMs: 1, level: 'info', group: 'site', ...lost });
    log.entry({ id: 'operator', atMs: 1, wallMs: 1, level: 'info', sentence: 'node1 goes on standby' });
    log.entry({ id: 'jeopardy', atMs: 1, wallMs: 1, level: 'warning', sentence: 'one medium is left' });
  });
  assert.deepEqual(lines, [
    '<6>started',
    '<4>late',
    '<3>wrong',
    '<2>over',
    '<6>[site] owner: it is ours',
    '<6>[site] peer-lost, E6: the peer is gone',
    '<6>operator: node1 goes on standby',
    '<4>one medium is left',
  ]);
});

test('on a terminal a line has the time and the level in words', async () => {
  const [line] = await written('plain', (log) => log.warning('late'));
  assert.match(line ?? '', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z warning late$/);
});

test('one message is one line, and steers no terminal', async () => {
  const lines = await written('journald', (log) => log.error('script said:\n<0>forged\r\n\u001b[2Jgone \u0007'));
  assert.deepEqual(lines, ['<3>script said: | <0>forged | ?[2Jgone ?']);
});

test('a sentence of a megabyte is cut', async () => {
  const [line] = await written('journald', (log) => log.info('x'.repeat(1_000_000)));
  assert.ok((line?.length ?? 0) < 5000);
});

test('a message that comes again and again is written once a minute', async () => {
  const lines = await written('journald', (log) => {
    for (let time = 0; time < 100; time += 1) log.limited('bad beat', 'warning', 'a beat was not believed');
    log.limited('other', 'info', 'something else');
  });
  assert.deepEqual(lines, ['<4>a beat was not believed', '<6>something else']);
});

test('more keys than are remembered cost memory neither', async () => {
  const lines = await written('journald', (log) => {
    for (let key = 0; key < 1000; key += 1) log.limited(`key ${key}`, 'info', `line ${key}`);
  });
  assert.equal(lines.length, 1000);
});

test('a reader that stalls stops neither the loop nor the daemon: lines are dropped and counted', async () => {
  const sources = join(import.meta.dirname, '../../src/adapters');
  const script = `
    const { Log } = await import(${JSON.stringify(join(sources, 'log.ts'))});
    const { exitNow } = await import(${JSON.stringify(join(sources, 'linux/exitNow.ts'))});
    const log = new Log({ style: 'plain', fd: 2 });
    let worstMs = 0, last = performance.now();
    setInterval(() => { const now = performance.now(); worstMs = Math.max(worstMs, now - last - 5); last = now; }, 5);
    for (let n = 0; n < 3000; n += 1) {
      log.info('x'.repeat(1000));
      if (n % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const beforeMs = performance.now();
    await log.flush(200);
    const flushMs = performance.now() - beforeMs;
    process.stdout.write(JSON.stringify({ worstMs, flushMs, dropped: log.droppedCount }));
    setTimeout(() => exitNow(7), 10);`;
  const daemon = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'pipe'] });
  daemon.stderr.pause();
  const [said] = (await once(daemon.stdout, 'data')) as [Buffer];
  const { worstMs, flushMs, dropped } = JSON.parse(said.toString()) as Readonly<Record<string, number>>;
  // It would stand until somebody reads, which nobody does.
  assert.ok((worstMs ?? 1e9) < 5000, `the loop stood for ${worstMs} ms`);
  assert.ok((flushMs ?? 1e9) < 5000, `the last words took ${flushMs} ms`);
  assert.ok((dropped ?? 0) > 1000);
  const [code] = (await once(daemon, 'exit', { signal: AbortSignal.timeout(20_000) })) as [number];
  assert.equal(code, 7, 'nobody has to read for it to end');
});

let files = 0;

async function written(style: LogStyle, write: (log: Log) => void): Promise<readonly string[]> {
  files += 1;
  const path = join(root, `log-${files}`);
  const fd = openSync(path, 'w');
  const log = new Log({ style, fd });
  write(log);
  await log.flush(2000);
  closeSync(fd);
  return (await readFile(path, 'utf8')).trimEnd().split('\n');
}
