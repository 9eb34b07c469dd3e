import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Entry } from '../../src/core/entry.ts';
import type { Machine } from '../../src/sim/machine.ts';
import { plainOptions } from '../../src/sim/options.ts';
import { nobody } from '../../src/sim/witnessed.ts';
import { World } from '../../src/sim/world.ts';

suite('after a healed split', () => {
  test('both sides hold one incident record that names who stays and why, also after a restart, until it is acknowledged', () => {
    const { world, noted } = split();
    for (const machine of world.machines) {
      const entries = noted.get(machine.name) ?? [];
      assert.equal(entries.length, 1, `${machine.name}: ${entries.map(({ sentence }) => sentence).join('; ')}`);
      assert.match(
        entries[0]?.sentence ?? '',
        /^site was active on both nodes .*: node1 keeps it \(.+\), node2 stops$/,
      );
      assert.equal(entries[0]?.level, 'error');
      const facts = entries[0]?.facts;
      assert.equal(facts?.['stays'], 'node1');
      assert.equal(facts['stops'], 'node2');
      assert.equal(kept(machine)?.sentence, entries[0]?.sentence);
    }
    const [one] = world.machines;
    world.killHead(one);
    world.startHead(one);
    world.advance(2_000);
    assert.notEqual(kept(one), undefined, 'on disk');
    world.type(one, { kind: 'ack', group: 'site' });
    world.advance(100);
    assert.equal(kept(one), undefined);
    assert.notEqual(kept(world.machines[1]), undefined, 'the other side has its own reader');
  });

  test('the record of the one that took over says since when both were active', () => {
    const { noted } = split();
    const from = (name: string): unknown => noted.get(name)?.[0]?.facts?.['bothSinceWallMs'];
    assert.equal(typeof from('node2'), 'number');
    assert.equal(from('node1'), undefined, 'it does not know when the peer claimed');
  });
});

test('a planned move, a power cut and the return of the machine are no incidents', () => {
  const { world, noted } = pair();
  world.advance(3_000);
  world.type(world.machines[1], { kind: 'takeover', groups: [], isForced: false, reason: '', isDryRun: false });
  world.advance(3_000);
  world.powerCut(world.machines[1]);
  world.advance(8_000);
  assert(world.machines[0].held('site').all.length > 0, 'node1 took over');
  world.boot(world.machines[1]);
  world.advance(5_000);
  assert.deepEqual([...noted.values()].flat(), []);
});

function split(): ReturnType<typeof pair> {
  const made = pair();
  const { world } = made;
  world.advance(3_000);
  for (const cable of world.cables) world.cut(cable, 'both');
  world.lan.part(true);
  world.advance(9_000);
  world.lan.part(false);
  for (const cable of world.cables) world.mend(cable);
  world.advance(3_000);
  return made;
}

function pair(): { readonly world: World; readonly noted: ReadonlyMap<string, readonly Entry[]> } {
  const noted = new Map<string, Entry[]>();
  const witness = {
    ...nobody,
    noted: (machine: Machine, entry: Entry): void => {
      if (entry.id === 'incident') noted.set(machine.name, [...(noted.get(machine.name) ?? []), entry]);
    },
  };
  const world = new World(1, plainOptions, { witness: () => witness });
  for (const machine of world.machines) world.boot(machine);
  return { world, noted };
}

function kept(machine: Machine): { readonly sentence: string } | undefined {
  return machine.head?.engine.state.groups[0]?.durable.incident;
}
