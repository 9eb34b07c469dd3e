import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { parseDuration, parseMoment } from '../../../src/cli/text/parseTime.ts';
import { between, clock, duration, fullTime } from '../../../src/cli/text/time.ts';

process.env['TZ'] = 'Europe/Berlin';

suite('times for people', () => {
  const cases: ReadonlyArray<readonly [number, string]> = [
    [0, '0.0 s'],
    [212, '0.2 s'],
    [9_999, '9.9 s'],
    [10_000, '10 s'],
    [59_999, '59 s'],
    [60_000, '1 min'],
    [200_500, '3 min 20 s'],
    [18_720_000, '5 h 12 min'],
    [1_051_200_000, '12 d 4 h'],
    [-5, '0.0 s'],
    [1e15, '11574074 d 1 h'],
  ];
  for (const [ms, text] of cases) {
    test(`${ms} ms is ${text}`, () => assert.equal(duration(ms), text));
  }

  test('a time of the same day of this machine has no date', () => {
    assert.equal(clock('2026-11-20T12:03:11Z', '2026-11-20T22:59:59Z'), '13:03:11');
    assert.equal(clock('2026-11-20T12:03:11Z', '2026-11-20T23:00:00Z'), '2026-11-20 13:03:11');
    assert.equal(fullTime('2026-07-20T12:03:11Z'), '2026-07-20 14:03:11 +02:00');
  });

  test('what is no time stays as it is', () => {
    assert.equal(clock('soon', '2026-11-20T12:03:11Z'), 'soon');
    assert.equal(fullTime(''), '');
    assert.equal(between('soon', '2026-11-20T12:03:11Z'), undefined);
    assert.equal(between('2026-11-20T12:03:12Z', '2026-11-20T12:03:11Z'), undefined);
  });
});

suite('times that are typed', () => {
  test('a duration needs its unit', () => {
    const read = ['500ms', '60s', '1.5h', '5min', '5m', '2d', '60', '-1s', '1e3s', '', 's', '9999999999s'].map(
      parseDuration,
    );
    assert.deepEqual(read.slice(0, 6), [500, 60_000, 5_400_000, 300_000, 300_000, 172_800_000]);
    assert(read.slice(6).every((ms) => ms === undefined));
  });

  const now = new Date('2026-11-20T12:03:11Z');
  const cases: ReadonlyArray<readonly [string, string | undefined]> = [
    ['1h', '2026-11-20T11:03:11.000Z'],
    ['2026-11-20T12:03:11Z', '2026-11-20T12:03:11.000Z'],
    ['2026-11-20T12:03:11.5+01:00', '2026-11-20T11:03:11.500Z'],
    ['2026-11-20 12:03', '2026-11-20T11:03:00.000Z'],
    ['2026-11-20', '2026-11-19T23:00:00.000Z'],
    ['12:03:10', '2026-11-20T11:03:10.000Z'],
    ['23:50', '2026-11-19T22:50:00.000Z'],
    ['2026-02-31 25:00', undefined],
    ['12:03Z', '2026-11-20T12:03:00.000Z'],
    ['Z', undefined],
    ['', undefined],
    ['yesterday', undefined],
    ['2026-11-20Z', undefined],
  ];
  for (const [typed, moment] of cases) {
    test(`${JSON.stringify(typed)} is ${moment ?? 'no moment'}`, () => assert.equal(parseMoment(typed, now), moment));
  }
});
