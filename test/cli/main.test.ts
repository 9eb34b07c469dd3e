import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fakeHead, fakeStranger, folder } from './fakeHead.ts';
import { allWell } from './reports.ts';
import { situations } from './situations.ts';

const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

suite('the program hactl', () => {
  test('ends with the exit code of its verb', async (t) => {
    for (const name of ['all-well', 'jeopardy']) {
      const { report, exitCode } = situations[name]!;
      const runDir = await fakeHead(t, (_request, reply) => {
        reply.line({ type: 'status', status: report });
        reply.end();
      });
      const ended = await end(hactl(t, runDir, ['status']));
      assert.equal(ended.exitCode, exitCode);
      assert.match(ended.out, /^GROUPS$/m);
      assert(!ended.out.includes('\u001b'), 'no colours into a pipe');
    }
    assert.equal((await end(hactl(t, folder(t), ['status']))).exitCode, 4);
    assert.equal((await end(hactl(t, folder(t), ['no-such-verb']))).exitCode, 2);
  });

  test('shows no stack trace, whatever answers', async (t) => {
    for (const bytes of [
      '\u0000\u0001\n',
      '{"type":"status","status":{"groups":[null]}}\n',
      '{"type":"done"}\n',
      '[]\n',
    ]) {
      const runDir = await fakeStranger(t, (socket) => void socket.end(bytes));
      const { exitCode, err } = await end(hactl(t, runDir, ['status']));
      assert.equal(exitCode, 1, JSON.stringify(bytes));
      assert.equal(err.trim().split('\n').length, 1, err);
    }
  });

  test('Ctrl-C ends a watch with the exit code of the last status', async (t) => {
    const runDir = await fakeHead(t, (_request, reply) => void reply.line({ type: 'status', status: allWell }));
    const child = hactl(t, runDir, ['status', '--watch']);
    await once(child.stdout!, 'data');
    child.kill('SIGINT');
    assert.equal((await end(child)).exitCode, 0);
  });

  test('ends quietly when its reader has seen enough', async (t) => {
    const runDir = await fakeHead(t, (_request, reply) => {
      // In batches: while this loop runs, nobody here hears that the reader has gone.
      const more = (): void => {
        let batch = 1_000;
        while (batch > 0 && reply.line({ type: 'event', event: { sentence: 'x'.repeat(100) } })) batch -= 1;
        reply.onDrained(more);
      };
      more();
    });
    const child = hactl(t, runDir, ['events']);
    await once(child.stdout!, 'data');
    child.stdout?.destroy();
    const { exitCode, err } = await end(child);
    assert.equal(exitCode, 0);
    assert.equal(err, '');
  });

  test('whose reader is gone ends with the exit code that is true all the same', async (t) => {
    const runDir = await fakeHead(t, (_request, reply) => {
      reply.line({ type: 'status', status: situations['jeopardy']!.report });
      reply.end();
    });
    for (const [words, exitCode] of [
      [['--config', join(folder(t), 'none.yaml'), 'check'], 6],
      [['--config', join(folder(t), 'none.yaml'), 'check', '--json'], 6],
      [['status'], 3],
    ] as const) {
      const child = hactl(t, runDir, words);
      child.stdout?.destroy();
      assert.equal((await end(child)).exitCode, exitCode, words.join(' '));
    }
  });

  test('a takeover --wait whose reader is gone is no success: it ends with 8, and says that it goes on', async (t) => {
    const runDir = await fakeHead(t, (_request, reply) => {
      const more = setInterval(() => reply.line({ type: 'step', group: 'site', sentence: 'node1 stops zeo' }), 20);
      t.after(() => clearInterval(more));
    });
    const child = hactl(t, runDir, ['takeover', '--wait']);
    await once(child.stdout!, 'data');
    child.stdout?.destroy();
    const { exitCode, err } = await end(child);
    assert.equal(exitCode, 8);
    assert.match(err, /^failed: the takeover was ordered and goes on; hactl no longer waits for it/);
  });

  test('says why when what it prints cannot be written', async (t) => {
    const full = openSync('/dev/full', 'w');
    t.after(() => closeSync(full));
    const child = spawn(process.execPath, [main, 'completion', 'bash'], { stdio: ['ignore', full, 'pipe'] });
    const { exitCode, err } = await end(child);
    assert.equal(exitCode, 1);
    assert.match(err, /^failed: cannot write to standard output: .*ENOSPC/);
  });
});

function hactl(t: TestContext, runDir: string, words: readonly string[]): ChildProcess {
  const args = [main, '--socket', join(runDir, 'control.sock'), ...words];
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TZ: 'UTC' },
  });
  t.after(() => child.kill('SIGKILL'));
  return child;
}

async function end(
  child: ChildProcess,
): Promise<{ readonly exitCode: number | null; readonly out: string; readonly err: string }> {
  let out = '';
  let err = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    out += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    err += chunk.toString();
  });
  await once(child, 'close');
  return { exitCode: child.exitCode, out, err };
}
