import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  parseSnapshot,
  type Snapshot,
  snapshotCharsMax,
  snapshotText,
} from '../../../src/control/snapshot/snapshot.ts';
import { factsOf } from '../../../src/core/facts.ts';
import type { NodeState } from '../../../src/core/state.ts';
import { step } from '../../../src/core/step.ts';
import { plainOptions } from '../../../src/sim/options.ts';
import { runSeed } from '../../../src/sim/run.ts';
import { World } from '../../../src/sim/world.ts';
import { activeNode, TestNode } from '../../core/testNode.ts';

suite('a snapshot', () => {
  test('of every state that a pair goes through is read as it was written', () => {
    const world = new World(3, plainOptions);
    world.boot(world.machines[0]);
    world.boot(world.machines[1]);
    let count = 0;
    for (let round = 0; round < 120; round += 1) {
      if (round === 60) world.powerCut(world.machines[0]);
      if (round === 90) world.boot(world.machines[0]);
      world.advance(137);
      for (const { head } of world.machines) {
        if (head === undefined) continue;
        readsAsWritten(head.engine.state);
        count += 1;
      }
    }
    assert(count > 150);
    assert.equal(runSeed(1).violation, undefined);
  });

  test('keeps what JSON has no number for', () => {
    const { state } = new TestNode();
    assert.equal(state.beats.lastSentAtMs, Number.NEGATIVE_INFINITY);
    const parsed = parseSnapshot(snapshotText(snapshotOf(state)));
    assert(parsed.ok);
    assert.equal(parsed.snapshot.state.beats.lastSentAtMs, Number.NEGATIVE_INFINITY);
  });

  test('that was read decides as the one that was written', () => {
    const node = activeNode();
    const parsed = parseSnapshot(snapshotText(snapshotOf(node.state)));
    assert(parsed.ok);
    const now = { atMs: node.atMs + 100, wallMs: node.wallMs + 100 };
    const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
    const stepOf = (state: NodeState): unknown => json(step(state, { type: 'alarm' }, now));
    assert.deepEqual(stepOf(parsed.snapshot.state), stepOf(node.state));
  });

  test('that is no snapshot is refused with its place', () => {
    const refused = (text: string): string => {
      const parsed = parseSnapshot(text);
      assert(!parsed.ok);
      return parsed.sentence;
    };
    assert.match(refused(''), /it is no JSON/);
    assert.match(refused('{"a":'), /it is no JSON/);
    assert.match(refused('[]'), /is no object/);
    assert.match(refused('null'), /is no object/);
    assert.match(refused('{"__proto__":{"snapshot":1}}'), /snapshot is no 1/);
    assert.match(refused(`"${'x'.repeat(snapshotCharsMax)}"`), /more than \d+ characters/);
    assert.match(refused('['.repeat(100_000)), /it is no JSON/);
    const { state } = activeNode();
    const [group] = state.groups;
    const changed = (change: Partial<NodeState>): string => refused(snapshotText(snapshotOf({ ...state, ...change })));
    assert.match(changed({ channels: [] }), /state.channels is not as long/);
    assert.match(changed({ groups: [] }), /state.groups are not those of the config/);
    assert.match(
      changed({ groups: [{ ...group!, activity: { kind: 'dancing' } as never }] }),
      /activity.kind is none of/,
    );
    const timing = { ...state.config.timing, keepaliveMs: 0 };
    assert.match(changed({ config: { ...state.config, timing } }), /keepaliveMs is no whole number from 1/);
  });

  test('with anything in the place of anything is refused, or thought with, and nothing throws', () => {
    const original = JSON.parse(snapshotText(snapshotOf(activeNode().state))) as object;
    let accepted = 0;
    let refused = 0;
    for (const path of pathsOf(original)) {
      for (const value of [null, undefined, -1, 1e308, 'x', [], {}, { number: 'NaN' }]) {
        const parsed = parseSnapshot(JSON.stringify(withValue(original, path, value)) ?? '');
        if (!parsed.ok) {
          refused += 1;
          assert.match(parsed.sentence, /^it is no (snapshot|JSON)/);
          continue;
        }
        accepted += 1;
        const { state, atMs, wallMs } = parsed.snapshot;
        for (const group of state.groups) factsOf(state, group, atMs, wallMs);
      }
    }
    assert(refused > 1_000, `${refused} refused`);
    assert(accepted > 200, `${accepted} accepted`);
  });
});

function readsAsWritten(state: NodeState): void {
  const text = snapshotText(snapshotOf(state));
  const parsed = parseSnapshot(text);
  assert(parsed.ok, parsed.ok ? '' : parsed.sentence);
  assert.equal(snapshotText(parsed.snapshot), text);
}

function snapshotOf(state: NodeState): Snapshot {
  const at = new Date(1_700_000_000_000).toISOString();
  return { snapshot: 1, version: '0.1.0', at, atMs: 1_000_800, wallMs: 1_700_000_000_000, digest: '00000001', state };
}

function pathsOf(value: unknown, before: readonly string[] = []): readonly (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [before];
  return [before, ...Object.entries(value).flatMap(([key, field]) => pathsOf(field, [...before, key]))];
}

function withValue(value: unknown, path: readonly string[], put: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return put;
  if (Array.isArray(value)) {
    return (value as readonly unknown[]).map((item, index) =>
      String(index) === key ? withValue(item, rest, put) : item,
    );
  }
  const fields = value as Readonly<Record<string, unknown>>;
  return { ...fields, [key]: withValue(fields[key], rest, put) };
}
