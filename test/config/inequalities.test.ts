import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { inequalitiesOf, proposedDeadMs } from '../../src/config/inequalities.ts';
import { nodeConfigOf } from '../../src/config/nodeConfigOf.ts';
import { good, goodYaml } from './fixtures.ts';

function held(yaml: string, silenceMaxMs?: number): Readonly<Record<string, boolean>> {
  const site = good({ yaml });
  const node = nodeConfigOf(site, 'node1', { isObserver: false });
  return Object.fromEntries(inequalitiesOf(site, node, { silenceMaxMs }).map(({ id, isHeld }) => [id, isHeld]));
}

suite('what times must keep:', () => {
  test('a good configuration keeps all of it, and has no rows of guards that it lacks', () => {
    const rows = held(goodYaml);
    assert.deepEqual(
      Object.values(rows).filter((isHeld) => !isHeld),
      [],
    );
    assert(
      Object.keys(rows).every((id) => !/witness|watchdog|fence|silence/.test(id)),
      Object.keys(rows).join(),
    );
  });

  test('what was measured is judged with it', () => {
    assert.equal(held(goodYaml, 3_000)['silence'], true);
    assert.equal(held(goodYaml, 3_400)['silence'], false);
  });

  test('a lease that outlives deadtime is marked, unless it is always waited out', () => {
    const short = goodYaml.replace(/^timing:.*$/m, 'timing: { keepalive: 100ms, deadtime: 500ms }');
    assert.equal(held(short)['lease'], false);
    assert.equal('lease' in held(`${short}takeover: { strict: on }\n`), false);
  });

  test('a guard has its own rows, which the configuration that was accepted keeps', () => {
    const watched = held(`${goodYaml}guards: { watchdog: {}, witness: { address: 192.168.1.9 } }\n`);
    for (const id of ['watchdog-stall', 'watchdog-wait', 'watchdog-lease', 'witness'])
      assert.equal(watched[id], true, id);
  });

  test('a proposed deadtime is twice the longest silence, five beats at the least, and rounded up', () => {
    const node = nodeConfigOf(good({ yaml: goodYaml }), 'node1', { isObserver: false });
    const { keepaliveMs } = node.timing;
    assert.equal(proposedDeadMs(node, 0), 5 * keepaliveMs);
    assert.equal(proposedDeadMs(node, 2_111), 4_300);
    assert.equal(proposedDeadMs(node, 6_001), 12_500);
  });
});
