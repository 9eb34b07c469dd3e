import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { boundsOf } from '../../src/config/bounds.ts';
import { good, goodYaml, problemsOf, warningsOf } from './fixtures.ts';

/** All of these stand on the twelfth line. */
function sentencesOf(texts: { readonly yaml: string }): readonly string[] {
  return problemsOf(texts).map((problem) => problem.replace(/^twinbeat\.yaml:12:\d+: /, ''));
}

const withGuards = (text: string): { readonly yaml: string } => ({ yaml: `${goodYaml}guards: ${text}\n` });

suite('guards: ping', () => {
  test('without guards nobody is asked', () => {
    assert.deepEqual(good().guards, {});
    assert.deepEqual(good(withGuards('{}')).guards, {});
  });

  test('targets are addresses of either family, an interval of a second, and half of it for an answer', () => {
    const { ping } = good(withGuards('{ ping: { targets: [192.168.1.1, "fd00::1", "fe80::1%eth0"] } }')).guards;
    assert.deepEqual(ping, {
      targets: ['192.168.1.1', 'fd00::1', 'fe80::1%eth0'],
      intervalMs: 1000,
      timeoutMs: 500,
    });
    const fast = good(withGuards('{ ping: { targets: [192.168.1.1], interval: 200ms, timeout: 200ms } }')).guards.ping;
    assert.deepEqual(fast, { targets: ['192.168.1.1'], intervalMs: 200, timeoutMs: 200 });
  });

  const refusals: ReadonlyArray<{ readonly name: string; readonly ping: string; readonly says: readonly string[] }> = [
    {
      name: 'a name',
      ping: '{ targets: [router.example] }',
      says: [
        'guards.ping.targets[0]: "router.example" is no IP address: names are not looked up, because DNS may be what has failed',
      ],
    },
    {
      name: 'a port',
      ping: '{ targets: ["192.168.1.1:7"] }',
      says: ['guards.ping.targets[0]: a ping target has no port: write 192.168.1.1'],
    },
    {
      name: 'no target',
      ping: '{ targets: [] }',
      says: ['guards.ping.targets: targets is a list of one to eight IP addresses: targets: [192.168.1.1]'],
    },
    {
      name: 'a node of the pair',
      ping: '{ targets: [192.168.1.11] }',
      says: ["192.168.1.11 is node2's own, on channel lan: a node that is off would look like a LAN that is cut"],
    },
    {
      name: 'a floating address',
      ping: '{ targets: [192.168.1.50] }',
      says: ['192.168.1.50 is a floating address of group zeo: the node that has it would always be answered'],
    },
    {
      name: 'the same target twice',
      ping: '{ targets: [192.168.1.1, 192.168.1.1] }',
      says: ['192.168.1.1 is there twice: keep one'],
    },
    {
      name: 'a timeout longer than the interval',
      ping: '{ targets: [192.168.1.1], interval: 1s, timeout: 2s }',
      says: ['timeout 2s is longer than interval (1s)'],
    },
    {
      name: 'an interval that is a flood',
      ping: '{ targets: [192.168.1.1], interval: 10ms, timeout: 1ms }',
      says: ['interval 10ms is not between 100ms and 1m', 'timeout 1ms is shorter than 20ms'],
    },
    {
      name: 'a misspelt key',
      ping: '{ target: [192.168.1.1] }',
      says: ['guards.ping.targets is missing', 'unknown key "target"; did you mean "targets"?'],
    },
  ];
  for (const { name, ping, says } of refusals) {
    test(`refused: ${name}`, () => assert.deepEqual(sentencesOf(withGuards(`{ ping: ${ping} }`)), says));
  }

  test('a guard at the top is told where it stands', () => {
    const yaml = `${goodYaml}ping: { targets: [192.168.1.1] }\n`;
    assert.deepEqual(sentencesOf({ yaml }), ['ping stands below guards']);
  });
});

suite('groups: failback', () => {
  const withFailback = (text: string): string => goodYaml.replace('maxLag: 15m', `maxLag: 15m, ${text}`);

  test('a group stays where it is unless failback says auto, and then waits for five minutes', () => {
    const afterMs = (text: string): number | undefined => good({ yaml: withFailback(text) }).groups[0]?.failbackAfterMs;
    assert.equal(good().groups[0]?.failbackAfterMs, undefined);
    assert.equal(afterMs('failback: manual'), undefined);
    assert.equal(afterMs('failback: auto'), 300_000);
    assert.equal(afterMs('failback: auto, settle: 30s'), 30_000);
  });

  test('both nodes must agree on it: it is part of the digest, and its absence is not', () => {
    const digest = (yaml: string): string | undefined => good({ yaml }).groups[0]?.digest;
    assert.equal(digest(withFailback('failback: manual, settle: 30s')), digest(goodYaml));
    assert.notEqual(digest(withFailback('failback: auto')), digest(goodYaml));
  });

  test('copied data that nothing copies on the way is warned of', () => {
    const texts = { yaml: withFailback('failback: auto'), haresources: 'node1 192.168.1.50/24/eth0 zeo\n' };
    assert.match(warningsOf(texts).join('\n'), /failback: auto never moves zeo: its data is copied/);
  });

  test('at the top it is told where it stands', () => {
    assert.deepEqual(sentencesOf({ yaml: `${goodYaml}failback: auto\n` }), ['failback stands below groups: NAME']);
  });
});

suite('guards: watchdog', () => {
  const timing = 'timing: { keepalive: 500ms, warntime: 3s, deadtime: 10s, initdead: 60s }\n';

  test('is the usual device and ten seconds, unless they are given', () => {
    assert.deepEqual(good(withGuards('{ watchdog: {} }')).guards.watchdog, {
      device: '/dev/watchdog',
      timeoutMs: 10_000,
    });
    const other = good(withGuards('{ watchdog: { device: /dev/watchdog1, timeout: 30s } }')).guards.watchdog;
    assert.deepEqual(other, { device: '/dev/watchdog1', timeoutMs: 30_000 });
  });

  test('makes the short deadtime the usual one of copied data, too', () => {
    const without = good({ yaml: goodYaml.replace(timing, '') });
    const guarded = good({ yaml: `${goodYaml.replace(timing, '')}guards: { watchdog: {} }\n` });
    assert.deepEqual([without.timing.deadMs, guarded.timing.deadMs], [10_000, 2_000]);
  });

  for (const { timeout, says } of [
    { timeout: '2500ms', says: 'timeout 2500ms is not one of whole seconds, 2s to 10m' },
    { timeout: '1s', says: 'timeout 1s is not one of whole seconds, 2s to 10m' },
    {
      timeout: '4s',
      says: 'timeout 4s is not longer than warntime (3s) and a second: after a stall the daemon hears its peer before it pets again',
    },
  ]) {
    test(`refused: ${timeout}`, () => {
      assert.deepEqual(sentencesOf(withGuards(`{ watchdog: { timeout: ${timeout} } }`)), [says]);
    });
  }

  test('its bounds say when the other node takes over, and that nothing overlaps after a stall', () => {
    const bounds = boundsOf(good(withGuards('{ watchdog: {} }')));
    const msOf = (id: string): number | undefined => bounds.find((bound) => bound.id === id)?.ms;
    assert.deepEqual(
      [msOf('takeover-watchdog'), msOf('address-overlap-stall'), msOf('service-overlap-hang')],
      [20_500, 0, 0],
    );
  });
});
