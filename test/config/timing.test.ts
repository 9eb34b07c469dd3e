import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import { edited, good, goodYaml, load, problemsOf, warningsOf } from './fixtures.ts';

const plainHaresources = 'node1 192.168.1.50/24/eth0 zeo\n';
const untimed = goodYaml.replace(/^timing:.*\n/m, '').replace(/^groups:\n.*\n/m, '');

function timed(timing: string): string {
  return goodYaml.replace(/^timing:.*$/m, `timing: { ${timing} }`).replace(/^groups:\n.*\n/m, '');
}

const defaults: ReadonlyArray<{
  readonly name: string;
  readonly timing: string;
  readonly isCopied: boolean;
  readonly expected: readonly number[];
}> = [
  { name: 'none or shared data', timing: '', isCopied: false, expected: [200, 600, 2000, 30_000, 3000] },
  { name: 'copied data', timing: '', isCopied: true, expected: [500, 3000, 10_000, 30_000, 8000] },
  { name: 'a short deadtime', timing: 'deadtime: 500ms', isCopied: false, expected: [50, 150, 500, 30_000, 3000] },
  { name: 'a long deadtime', timing: 'deadtime: 30s', isCopied: false, expected: [200, 9000, 30_000, 60_000, 28_000] },
  { name: 'a long keepalive', timing: 'keepalive: 1s', isCopied: false, expected: [1000, 3000, 10_000, 30_000, 8000] },
  {
    name: 'a keepalive near deadtime',
    timing: 'keepalive: 100ms, deadtime: 500ms',
    isCopied: false,
    expected: [100, 250, 500, 30_000, 3000],
  },
  {
    name: 'fractions',
    timing: 'keepalive: 0.25s, deadtime: 2.5s',
    isCopied: false,
    expected: [250, 750, 2500, 30_000, 3000],
  },
  {
    name: 'minutes and hours',
    timing: 'deadtime: 1m, initdead: 1h',
    isCopied: false,
    expected: [200, 18_000, 60_000, 3_600_000, 58_000],
  },
  {
    name: 'the stretch',
    timing: 'keepalive: 10ms, deadtime: 30ms, unsafe: on',
    isCopied: false,
    expected: [10, 25, 30, 30_000, 3000],
  },
];

suite('what the timing leaves out:', () => {
  for (const { name, timing, isCopied, expected } of defaults) {
    test(`follows from the rest: ${name}`, () => {
      const yaml = timing === '' ? untimed : timed(timing);
      const { keepaliveMs, warnMs, deadMs, initdeadMs, leaseMs, renewMs } = good(
        isCopied ? { yaml } : { yaml, haresources: plainHaresources },
      ).timing;
      assert.deepEqual([keepaliveMs, warnMs, deadMs, initdeadMs, leaseMs], expected);
      assert.equal(renewMs, 500);
    });
  }

  test('never leads to a warning by itself', () => {
    assert.deepEqual(warningsOf({ yaml: untimed }), []);
    assert.deepEqual(warningsOf({ yaml: untimed, haresources: plainHaresources }), []);
    assert.deepEqual(warningsOf({ yaml: timed('deadtime: 500ms'), haresources: plainHaresources }), []);
  });
});

const judged: ReadonlyArray<{ readonly timing: string; readonly refuses?: RegExp; readonly warns?: RegExp }> = [
  { timing: 'keepalive: 100ms, deadtime: 500ms' },
  {
    timing: 'keepalive: 100ms, deadtime: 300ms',
    warns: /:9:\d+: deadtime 300ms is less than five times keepalive \(100ms\)/,
  },
  {
    timing: 'keepalive: 200ms, deadtime: 500ms',
    refuses: /deadtime 500ms is less than three times keepalive \(200ms\)/,
  },
  { timing: 'keepalive: 40ms, deadtime: 500ms', refuses: /9:22: keepalive 40ms is below 50ms/ },
  { timing: 'keepalive: 50ms, deadtime: 250ms', refuses: /9:38: deadtime 250ms is below 300ms/ },
  { timing: 'keepalive: 10ms, deadtime: 30ms, unsafe: on', warns: /unsafe allows keepalive 10ms and deadtime 30ms/ },
  { timing: 'keepalive: 100ms, deadtime: 500ms, unsafe: true' },
  { timing: 'keepalive: 3ms, deadtime: 30ms, unsafe: on', refuses: /keepalive 3ms is shorter than 5ms/ },
  { timing: 'keepalive: 5ms, deadtime: 15ms, unsafe: on', refuses: /deadtime 15ms is shorter than 20ms/ },
  { timing: 'deadtime: 2h', refuses: /deadtime 2h is longer than an hour/ },
  { timing: 'keepalive: 30m', refuses: /keepalive|deadtime 5h is longer than an hour/ },
  { timing: 'deadtime: 100ms', refuses: /9:21: deadtime 100ms is below 300ms/ },
  { timing: 'warntime: 400ms', refuses: /warntime 400ms is not longer than twice keepalive \(200ms\)/ },
  { timing: 'warntime: 2s', refuses: /warntime 2s is not shorter than deadtime \(2s\)/ },
  { timing: 'warntime: 450ms', warns: /warntime 450ms is less than two and a half times keepalive \(200ms\)/ },
  { timing: 'warntime: 1500ms', warns: /warntime 1500ms is more than half of deadtime \(2s\)/ },
  { timing: 'warntime: 1s' },
  { timing: 'initdead: 1s', refuses: /initdead 1s is shorter than deadtime \(2s\)/ },
  { timing: 'initdead: 3s', warns: /initdead 3s is less than twice deadtime/ },
  { timing: 'initdead: 4s' },
  { timing: 'lease: 1s', refuses: /lease 1s is shorter than 2s/ },
  { timing: 'lease: 2h', refuses: /lease 2h is longer than an hour/ },
  { timing: 'lease: 3s', warns: /lease 3s and the second that the kernel may be late are more than deadtime \(2s\)/ },
  { timing: 'lease: 2s, deadtime: 3s' },
];

suite('the timing is judged:', () => {
  for (const { timing, refuses, warns } of judged) {
    const verdict = refuses === undefined ? (warns === undefined ? 'fine' : 'warned of') : 'refused';
    test(`${timing} is ${verdict}`, () => {
      const texts = { yaml: timed(timing), haresources: plainHaresources };
      if (refuses !== undefined) assert.match(problemsOf(texts).join('\n'), refuses);
      else if (warns !== undefined) assert.match(warningsOf(texts).join('\n'), warns);
      else assert.deepEqual(warningsOf(texts), []);
    });
  }

  test('a lease longer than deadtime is fine where it is always waited out', () => {
    const yaml = `${timed('lease: 3s')}takeover: { strict: yes }\n`;
    assert.deepEqual(warningsOf({ yaml, haresources: plainHaresources }), []);
  });

  test('each finding says what to write', () => {
    const loaded = load({ yaml: edited('deadtime: 10s', 'deadtime: 1s') });
    assert(!loaded.ok);
    for (const { next } of [...loaded.problems, ...loaded.warnings]) assert.match(next ?? '', /\w/);
  });
});
