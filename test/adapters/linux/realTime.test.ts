import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

const module = join(import.meta.dirname, '../../../src/adapters/linux/realTime.ts');
const script = `
  const { askForRealTime } = await import(${JSON.stringify(module)});
  const { readFileSync } = await import('node:fs');
  const { execFileSync } = await import('node:child_process');
  const said = await askForRealTime();
  // Fields 18 and 41 of proc(5): priority (-2 is real-time 1) and policy (1 is SCHED_FIFO).
  const policyOf = (text) => text.slice(text.lastIndexOf(')') + 2).split(' ');
  const own = policyOf(readFileSync('/proc/thread-self/stat', 'utf8'));
  const child = policyOf(execFileSync('cat', ['/proc/self/stat'], { encoding: 'utf8' }));
  process.stdout.write(JSON.stringify({ said, policy: own[38], child: child[38] }));`;

test('real-time priority is taken where it is allowed, and no child inherits it', (t) => {
  const saw = run([]);
  if (saw.said !== undefined && process.env['CI'] !== 'true') {
    t.skip(`this user may not: ${saw.said}; run it as root`);
    return;
  }
  assert.deepEqual(saw, { policy: '1', child: '0' });
});

test('where it is refused the daemon goes on, and says what to allow', (t) => {
  if (process.getuid?.() !== 0 && process.env['CI'] !== 'true') {
    t.skip('needs root to give the right away; run it as root');
    return;
  }
  const saw = run(['setpriv', '--bounding-set=-sys_nice', '--inh-caps=-sys_nice']);
  assert.match(saw.said ?? '', /real-time priority was refused \(no permission\).*LimitRTPRIO=1/);
  assert.equal(saw.policy, '0');
});

function run(prefix: readonly [] | readonly [string, ...string[]]): {
  readonly said?: string;
  readonly policy: string;
  readonly child: string;
} {
  const [command, ...rest] = [...prefix, process.execPath, '--input-type=module', '-e', script];
  const ran = spawnSync(command, rest, { encoding: 'utf8' });
  assert.equal(ran.status, 0, ran.stderr);
  return JSON.parse(ran.stdout);
}
