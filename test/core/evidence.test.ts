import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decisiveEvidence } from '../../src/core/evidence.ts';

test('the class of evidence is told of a claim, and of a decision about what this node does not hold', () => {
  const facts = { holding: 'nothing' };
  assert.equal(decisiveEvidence({ id: 'claimed', evidence: 'E6', facts: { holding: 'claiming' } }), 'E6');
  assert.equal(decisiveEvidence({ id: 'decided', evidence: 'E1', facts }), 'E1');
  assert.equal(decisiveEvidence({ id: 'decided', evidence: 'E1', facts: { holding: 'serving' } }), undefined);
  assert.equal(decisiveEvidence({ id: 'decided', evidence: 'E5' }), 'E5', 'a line that says nothing of what is held');
  assert.equal(decisiveEvidence({ id: 'decided', evidence: 'E5', facts: null }), 'E5');
  assert.equal(decisiveEvidence({ id: 'decided', evidence: 'E5', facts: 7 }), 'E5');
  assert.equal(decisiveEvidence({ id: 'decided', evidence: 'E5', facts: {} }), 'E5');
});

test('what is no class of evidence, as in a journal that somebody wrote into, is not told', () => {
  for (const evidence of ['agreed', 'own', 'E', 'E66', 'xE6', '', 6, null, undefined]) {
    assert.equal(decisiveEvidence({ id: 'claimed', evidence }), undefined, String(evidence));
  }
});
