import type { Latch } from './beat.ts';
import { withDurable } from './groups.ts';
import type { NodeName } from './identity.ts';
import type { Moment } from './moment.ts';
import { record } from './moment.ts';
import type { GroupState, NodeState } from './state.ts';
import { timeOfDay } from './timeOfDay.ts';

/**
 * Writes down that the group was active on both nodes, and who stays: in the journal, and on disk until somebody
 * has acknowledged it. Both sides do (I9). One that is known already is not written twice, unless the other one stays now.
 */
export function noteIncident(state: NodeState, group: GroupState, outcome: Outcome, moment: Moment): GroupState {
  const { name, dataClass } = group.config;
  const { self, peer } = state.config;
  const { incident, heldEpoch, sinceWallMs } = group.durable;
  const said = state.peer.latest[name]?.beat;
  const peerEpochCounter = said?.epoch.counter ?? 0;
  const [stays, stops] = outcome.stays ? [self, peer] : [peer, self];
  const isSamePair = incident?.epochCounter === heldEpoch.counter && incident.peerEpochCounter === peerEpochCounter;
  if (isSamePair && incident.sentence.includes(`: ${stays} keeps it (`)) return group;
  // The claim of the one that took over is where it began; of the peer's this node does not know the time.
  const bothSinceWallMs = heldEpoch.counter > peerEpochCounter ? sinceWallMs : undefined;
  const from = bothSinceWallMs === undefined ? '' : ` from ${timeOfDay(bothSinceWallMs)}`;
  const lost = dataClass === 'none' ? '' : `; what was written on ${stops} meanwhile is in nobody's copy`;
  const sentence = `${name} was active on both nodes${from} until ${timeOfDay(moment.wallMs)}: ${stays} keeps it (${outcome.because}), ${stops} stops${lost}`;
  record(moment, 'incident', sentence, {
    level: 'error',
    group: name,
    facts: {
      stays,
      stops,
      because: outcome.because,
      epoch: heldEpoch,
      peerEpoch: said?.epoch,
      bothSinceWallMs,
      mine: group.latch?.mine,
      theirs: said?.latch,
      lastStallEndMs: state.lastStallEndMs,
    },
  });
  return withDurable(group, {
    incident: { atWallMs: moment.wallMs, epochCounter: heldEpoch.counter, peerEpochCounter, sentence },
  });
}

export interface Outcome {
  /** This node goes on. */
  readonly stays: boolean;
  readonly because: string;
}

/**
 * Who stays after a split, and why: the side whose state is worth more. The first difference decides.
 *
 * Not the side that stalled, lapsed or restarted; then the one with a healthy LAN, with more transactions, put
 * there by an operator, the incumbent, the higher name.
 */
export function survivor(mine: Latch, theirs: Latch, self: NodeName, peer: NodeName): Outcome {
  if (mine.yields !== theirs.yields) {
    return {
      stays: theirs.yields,
      because: `${theirs.yields ? peer : self} stood still, lapsed, restarted or cannot write its state`,
    };
  }
  if (mine.isLanHealthy !== theirs.isLanHealthy) {
    return { stays: mine.isLanHealthy, because: 'the service LAN is down at the other one' };
  }
  if (mine.transactions !== theirs.transactions) {
    const [more, less] = [mine.transactions, theirs.transactions].toSorted((a, b) => b - a);
    return {
      stays: mine.transactions > theirs.transactions,
      because: `${more} to ${less} transactions since the split`,
    };
  }
  if (mine.isByOperator !== theirs.isByOperator) {
    return { stays: mine.isByOperator, because: 'an operator put it there' };
  }
  if (mine.epochCounter !== theirs.epochCounter) {
    return { stays: mine.epochCounter < theirs.epochCounter, because: 'it was the owner before' };
  }
  return { stays: self > peer, because: 'by its name, nothing else differs' };
}
