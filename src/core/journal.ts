import type { Entry } from './entry.ts';
import type { Facts } from './facts.ts';
import type { Moment } from './moment.ts';
import type { Rule } from './rules.ts';
import type { GroupState, NodeState } from './state.ts';

/** A decision with all that it was made from, so that it can be explained, and run again. */
export function decidedEntry(state: NodeState, group: GroupState, rule: Rule, facts: Facts, moment: Moment): Entry {
  const { heldEpoch, epoch, servedEpoch, copyEpoch } = group.durable;
  return {
    id: 'decided',
    atMs: moment.atMs,
    wallMs: moment.wallMs,
    level: rule.want === 'hold' || rule.want === 'fence' || rule.want === 'yield' ? 'warning' : 'info',
    group: group.config.name,
    rule: rule.id,
    ...(facts.evidence === 'none' ? {} : { evidence: facts.evidence }),
    sentence: rule.sentence,
    facts: {
      ...facts,
      activity: group.activity.kind,
      heldEpoch: heldEpoch.counter,
      epoch: epoch.counter,
      servedEpoch: servedEpoch.counter,
      copyEpoch: copyEpoch.counter,
      sequence: state.beats.sequence,
      peerSequence: state.peer.highestSequence,
    },
  };
}
