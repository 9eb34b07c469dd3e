import assert from 'node:assert/strict';
import { test } from 'node:test';
import { factsOf } from '../../src/core/facts.ts';
import { decidedEntry } from '../../src/core/journal.ts';
import { rules, type Want } from '../../src/core/rules.ts';
import { TestNode } from './testNode.ts';

test('a decision is a warning in the journal where something holds it up, or the group is given up', () => {
  const node = new TestNode().boot();
  const group = node.group();
  const { state, atMs, wallMs } = node;
  const facts = factsOf(state, group, atMs, wallMs);
  const warnings = new Set<Want>();
  for (const rule of rules) {
    const { level } = decidedEntry(state, group, rule, facts, { atMs, wallMs, effects: [] });
    assert.equal(level === 'warning', ['hold', 'fence', 'yield'].includes(rule.want), rule.id);
    if (level === 'warning') warnings.add(rule.want);
  }
  assert.deepEqual([...warnings].toSorted(), ['fence', 'hold', 'yield']);
});
