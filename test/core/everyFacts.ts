import type { Facts } from '../../src/core/facts.ts';

/** Every value that each fact can have. */
export const domains: { readonly [Key in keyof Facts]: readonly Facts[Key][] } = {
  holding: ['nothing', 'claiming', 'starting', 'serving', 'unconfirmed', 'stopping'],
  isOutranked: [false, true],
  contest: ['none', 'open', 'won', 'lost'],
  isInMaintenance: [false, true],
  isLeaving: [false, true],
  isBroken: [false, true],
  stopFailed: ['no', 'here', 'peer'],
  trouble: ['none', 'givingUp', 'backoff'],
  isolation: ['none', 'handOver', 'alone'],
  isNotHeard: [false, true],
  wish: ['none', 'peerAsks', 'releaseAsked', 'takeoverFree', 'takeoverWaits'],
  peer: ['never', 'unaware', 'heard', 'oneWay', 'silent', 'left'],
  isPeerHolding: [false, true],
  isPeerStopping: [false, true],
  isPeerArmed: [false, true],
  choice: ['self', 'peer', 'nobody'],
  isArmed: [false, true],
  isDownByOrder: [false, true],
  canConfirm: [false, true],
  isFailbackDue: [false, true],
  hasWaitedInitdead: [false, true],
  mayStartAlone: [false, true],
  evidence: ['none', 'E1', 'E2', 'E3', 'E4', 'E5', 'E6', 'E7', 'agreed', 'own', 'alone'],
  isEvidenceEnough: [false, true],
  isBlind: [false, true],
  isSelfFencePending: [false, true],
  isWatchdogFailed: [false, true],
  lease: ['unneeded', 'kept', 'over', 'paused', 'awaited', 'granted', 'refused', 'unreachable'],
  fence: ['none', 'due', 'failed', 'person', 'lied'],
  address: ['free', 'unknown', 'held'],
  isFlapping: [false, true],
  isMove: [false, true],
};

/** The facts that a decision read, with the values that led to it. What it did not read can be anything. */
export type Path = Partial<Facts>;

/**
 * Walks every combination of facts that `decide` can tell apart.
 *
 * A fact gets its values only when it is read: combinations that differ in facts that no rule
 * looked at are one path. The walk is as complete as trying all 10^11 combinations.
 */
export function* everyPath<T>(decide: (facts: Facts) => T): Generator<{ readonly path: Path; readonly result: T }> {
  const choices: { key: keyof Facts; index: number }[] = [];
  for (;;) {
    let read = 0;
    const path: Record<string, unknown> = {};
    const facts = new Proxy({} as Facts, {
      get(_, name) {
        const key = name as keyof Facts;
        if (key in path) return path[key];
        const choice = choices[read] ?? { key, index: 0 };
        choices[read] = choice;
        read += 1;
        path[key] = domains[key][choice.index];
        return path[key];
      },
    });
    yield { path, result: decide(facts) };
    choices.length = read;
    let last = choices.at(-1);
    while (last !== undefined && last.index === domains[last.key].length - 1) {
      choices.pop();
      last = choices.at(-1);
    }
    if (last === undefined) return;
    last.index += 1;
  }
}
