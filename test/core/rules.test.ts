import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { decide } from '../../src/core/decide.ts';
import type { Facts } from '../../src/core/facts.ts';
import { type Rule, rules } from '../../src/core/rules.ts';
import { everyPath, type Path } from './everyFacts.ts';

const decisions = [...everyPath(decide)];

/** All decisions that can be reached while `facts` hold, as far as they were looked at. */
function decisionsWhile(facts: Partial<Facts>): readonly { readonly path: Path; readonly result: Rule }[] {
  const agrees = ({ path }: { path: Path }): boolean =>
    Object.entries(facts).every(([key, value]) => !(key in path) || path[key as keyof Facts] === value);
  return decisions.filter(agrees);
}

function neverWants(wants: readonly string[], facts: Partial<Facts>): void {
  for (const { path, result } of decisionsWhile(facts)) {
    assert(
      !wants.includes(result.want),
      `${result.id} wants ${result.want} although ${JSON.stringify({ ...path, ...facts })}`,
    );
  }
}

suite('the rules, over every combination of facts', () => {
  test('every rule is reached', () => {
    const reached = new Set(decisions.map(({ result }) => result.id));
    assert.deepEqual(
      rules.map(({ id }) => id).filter((id) => !reached.has(id)),
      [],
    );
  });

  test('ids and sentences are unique', () => {
    assert.equal(new Set(rules.map(({ id }) => id)).size, rules.length);
    assert.equal(new Set(rules.map(({ sentence }) => sentence)).size, rules.length);
  });

  test('a node that is outranked yields, whatever else is the case (I1)', () => {
    for (const { result } of decisionsWhile({ isOutranked: true })) assert.equal(result.want, 'yield');
  });

  const neverClaims: ReadonlyArray<{ name: string; facts: Partial<Facts> }> = [
    { name: 'while it cannot trust its own view', facts: { isBroken: true } },
    { name: 'while it is leaving', facts: { isLeaving: true } },
    { name: 'after a stop failed here (I8)', facts: { stopFailed: 'here' } },
    { name: 'after a stop failed at the peer (I8)', facts: { stopFailed: 'peer' } },
    { name: 'unless it is armed: not with a stale copy (I2)', facts: { isArmed: false } },
    { name: 'while the floating address is answered by somebody', facts: { address: 'held' } },
    { name: 'while the peer beats and has not heard it', facts: { peer: 'unaware', wish: 'none' } },
    { name: 'while the peer is one-way', facts: { peer: 'oneWay', wish: 'none', evidence: 'none' } },
    { name: 'while an operator has taken the group down', facts: { isDownByOrder: true, wish: 'none' } },
    {
      name: 'what would be one more move after three of them',
      facts: { isFlapping: true, isMove: true, stopFailed: 'no', wish: 'none', hasWaitedInitdead: false },
    },
    {
      name: 'of a silent peer without the lease, where there is a witness',
      facts: { lease: 'refused', peer: 'silent', wish: 'none' },
    },
    {
      name: 'alone at startup without the lease, where there is a witness',
      facts: { lease: 'unreachable', peer: 'never', evidence: 'alone', wish: 'none', mayStartAlone: true },
    },
    { name: 'by silence without enough evidence', facts: { isEvidenceEnough: false, peer: 'silent', wish: 'none' } },
    {
      name: 'before initdead when the peer was never heard',
      facts: { hasWaitedInitdead: false, peer: 'never', evidence: 'alone', wish: 'none' },
    },
    {
      name: 'alone at startup with copied data',
      facts: { mayStartAlone: false, peer: 'never', evidence: 'alone', wish: 'none' },
    },
    { name: 'what both nodes would give to the peer', facts: { peer: 'heard', choice: 'peer', wish: 'none' } },
  ];
  for (const { name, facts } of neverClaims) {
    test(`a node never claims ${name}`, () => neverWants(['claim'], facts));
  }

  test('a node never claims what the peer holds, as long as the peer is heard (I1a)', () => {
    neverWants(['claim'], { peer: 'heard', isPeerHolding: true, wish: 'none' });
    neverWants(['claim'], { peer: 'heard', isPeerHolding: true, wish: 'takeoverWaits' });
  });

  test('an owner whose peer is silent keeps the group', () => {
    const calm: Partial<Facts> = {
      lease: 'kept',
      holding: 'serving',
      peer: 'silent',
      isOutranked: false,
      contest: 'none',
      isInMaintenance: false,
      isLeaving: false,
      isBroken: false,
      stopFailed: 'no',
      trouble: 'none',
      isolation: 'none',
      isNotHeard: false,
      wish: 'none',
    };
    for (const { result } of decisionsWhile(calm)) assert.equal(result.id, 'owner');
  });

  test('nobody stops while a contest is open (C3)', () => {
    neverWants(['yield', 'release', 'standby'], { isOutranked: false, contest: 'open', lease: 'kept' });
    neverWants(['yield', 'release', 'standby'], { isOutranked: false, contest: 'lost', lease: 'kept' });
  });

  test('a broken node stops nothing that it holds', () => {
    neverWants(['yield', 'release', 'standby'], {
      isBroken: true,
      isOutranked: false,
      isLeaving: false,
      lease: 'kept',
    });
  });

  test('a node whose lease runs out stops, whatever else it waits for', () => {
    for (const { result } of decisionsWhile({ lease: 'over', isInMaintenance: false })) {
      assert(['release', 'yield'].includes(result.want), `${result.id} wants ${result.want}`);
    }
  });
});
