import type { Facts } from './facts.ts';

/**
 * What a rule makes of a group.
 *
 * - `keep` go on: start, serve, renew
 * - `claim` take it: epoch on disk, then start
 * - `reclaim` take a higher epoch for what runs here
 * - `yield` stop, because somebody else owns it
 * - `release` stop, verified; to the peer where it is armed
 * - `dropAddresses` take the addresses down, keep the services
 * - `handsOff` start, stop and check nothing; beat, and renew what is held
 * - `fence` begin nothing before the peer is fenced
 * - `hold` begin nothing, and keep what is held: something is missing, and the sentence names it
 * - `wait` begin nothing: an answer is on its way
 * - `askWitness` begin nothing before the witness grants the lease, which is asked for
 * - `standby` hold nothing
 */
export type Want =
  | 'keep'
  | 'claim'
  | 'reclaim'
  | 'yield'
  | 'release'
  | 'dropAddresses'
  | 'handsOff'
  | 'fence'
  | 'hold'
  | 'wait'
  | 'askWitness'
  | 'standby';

export interface Rule {
  readonly id: string;
  readonly want: Want;
  readonly sentence: string;
  readonly when: (facts: Facts) => boolean;
}

/**
 * What to do about a group: the first rule that applies decides.
 *
 * The order is the policy: what protects the service from two owners stands above what gives it one.
 * The last rule always applies. `hactl`, the journal and docs/rules.md print this list.
 */
export const rules: readonly Rule[] = [
  {
    id: 'outranked',
    want: 'yield',
    sentence: 'the peer serves the group under a higher epoch',
    when: (f) => f.isOutranked,
  },
  {
    id: 'lease-over',
    want: 'release',
    sentence: 'neither the witness nor the peer answers: the services stop before the lease of this node ends',
    when: (f) => f.lease === 'over' && !f.isInMaintenance,
  },
  {
    id: 'contest-won',
    want: 'reclaim',
    sentence: 'both nodes served after a split, and both agree that this one stays',
    when: (f) => f.contest === 'won' && f.holding !== 'stopping',
  },
  {
    id: 'contest-open',
    want: 'hold',
    sentence: 'both nodes serve after a split, and have not yet heard from each other who stays',
    when: (f) => f.contest === 'open' || f.contest === 'lost',
  },
  {
    id: 'maintenance',
    want: 'handsOff',
    sentence: 'the group is in maintenance, until hactl maintenance off',
    when: (f) => f.isInMaintenance,
  },
  {
    id: 'leaving',
    want: 'release',
    sentence: 'the daemon was asked to stop',
    when: (f) => f.isLeaving,
  },
  {
    id: 'broken',
    want: 'hold',
    sentence: 'this node cannot trust its own view: hold mode, a stall, its disk or its runner',
    when: (f) => f.isBroken,
  },
  {
    id: 'stop-failed',
    want: 'hold',
    sentence: 'a resource could not be stopped here; see to it, then type hactl confirm-stopped',
    when: (f) => f.stopFailed === 'here',
  },
  {
    id: 'resource-failed',
    want: 'release',
    sentence: 'a resource failed too often here',
    when: (f) => f.trouble === 'givingUp',
  },
  {
    id: 'isolated',
    want: 'release',
    sentence: 'the service LAN is lost here (no carrier, or no ping target answers), and the peer is armed and sees it',
    when: (f) => f.isolation === 'handOver' && !f.isFlapping,
  },
  {
    id: 'isolated-alone',
    want: 'dropAddresses',
    sentence: 'the service device has no carrier and nobody is heard: the address is down, the services stay',
    when: (f) => f.isolation === 'alone',
  },
  {
    id: 'not-heard',
    want: 'release',
    sentence: 'the peer does not hear this node and is about to take over',
    when: (f) => f.isNotHeard && !f.isFlapping,
  },
  {
    id: 'wish-release',
    want: 'release',
    sentence: 'an operator asked to move the group away',
    when: (f) => f.wish === 'peerAsks' || f.wish === 'releaseAsked',
  },
  {
    id: 'wish-claim',
    want: 'claim',
    sentence: 'an operator asked for the group, and nobody holds it',
    when: (f) =>
      f.wish === 'takeoverFree' &&
      f.holding === 'nothing' &&
      f.isArmed &&
      f.stopFailed === 'no' &&
      f.address !== 'held',
  },
  {
    id: 'peer-stopping',
    want: 'wait',
    sentence: 'the peer turned out to be stopping the group: nothing more is started before it has stopped',
    when: (f) => f.holding === 'starting' && f.isPeerStopping,
  },
  {
    // Above `owner`, because it is the owner that lets go.
    id: 'failback',
    want: 'release',
    sentence: 'the preferred node is back and has been able to take the group for the settle time (failback: auto)',
    when: (f) => f.isFailbackDue && f.peer === 'heard' && f.holding === 'serving' && !f.isFlapping,
  },
  {
    id: 'owner',
    want: 'keep',
    sentence: 'this node owns the group under the highest epoch that serves',
    when: (f) => isOwner(f),
  },
  {
    id: 'confirmed',
    want: 'keep',
    sentence: 'this node held the group before, and nobody else can have taken it since',
    when: (f) => f.holding === 'unconfirmed' && f.canConfirm && !isAnswered(f),
  },
  {
    id: 'peer-unaware',
    want: 'wait',
    sentence: 'the peer beats, and has not yet heard this daemon',
    when: (f) => f.peer === 'unaware',
  },
  {
    id: 'unconfirmed',
    want: 'wait',
    sentence: 'this node held the group before, and waits for what becomes of the claim of the peer',
    when: (f) => f.holding === 'unconfirmed' && f.isPeerHolding,
  },
  {
    id: 'peer-stuck',
    want: 'fence',
    sentence: 'the peer could not stop a resource, and is fenced before the group is started here',
    when: (f) =>
      f.peer === 'heard' &&
      f.stopFailed === 'peer' &&
      isFenceTried(f) &&
      f.holding === 'nothing' &&
      f.isArmed &&
      !f.isDownByOrder,
  },
  {
    id: 'peer-holds',
    want: 'standby',
    sentence: 'the peer holds the group, or has not yet said that it does not',
    when: (f) => f.isPeerHolding,
  },
  {
    id: 'down-by-order',
    want: 'hold',
    sentence: 'an operator took the group down; it stays down until somebody types hactl takeover',
    when: (f) => f.isDownByOrder,
  },
  {
    id: 'backoff',
    want: 'wait',
    sentence: 'a resource failed here; the group is started again when the pause is over',
    when: (f) => f.trouble === 'backoff',
  },
  {
    id: 'nobody-active',
    want: 'claim',
    sentence: 'both nodes are heard, nobody holds the group, and this node is the one to take it',
    when: (f) =>
      f.peer === 'heard' &&
      f.choice === 'self' &&
      f.isArmed &&
      f.address !== 'held' &&
      f.stopFailed === 'no' &&
      !(f.isFlapping && f.isMove),
  },
  {
    id: 'nobody-active-peer',
    want: 'standby',
    sentence: 'nobody holds the group, and the peer is the one to take it',
    when: (f) => f.peer === 'heard' && f.choice === 'peer',
  },
  {
    id: 'no-watchdog',
    want: 'hold',
    sentence: 'nobody holds the group, and the watchdog cannot be armed here: nothing is started without it',
    when: (f) => isAbandoned(f) && f.isWatchdogFailed,
  },
  {
    id: 'not-armed',
    want: 'hold',
    sentence: 'nobody holds the group, and this node may not take it now',
    when: (f) => isAbandoned(f) && !f.isArmed,
  },
  {
    id: 'fencing',
    want: 'fence',
    sentence: 'the peer is not heard, and is fenced before the group is taken',
    when: (f) => isAbandoned(f) && f.fence === 'due',
  },
  {
    id: 'fence-failed',
    want: 'fence',
    sentence:
      'the peer could not be fenced, and that is tried again; or make sure that it is off, then type hactl confirm-dead',
    when: (f) => isAbandoned(f) && f.fence === 'failed',
  },
  {
    id: 'fence-person',
    want: 'hold',
    sentence:
      'the fence is a person, or waits for the maintenance of another group; make sure that the peer is off, then type hactl confirm-dead',
    when: (f) => isAbandoned(f) && f.fence === 'person',
  },
  {
    id: 'fence-lied',
    want: 'hold',
    sentence:
      'the fence has lied once, and is believed again after hactl ack; make sure that the peer is off, then type hactl confirm-dead',
    when: (f) => isAbandoned(f) && f.fence === 'lied',
  },
  {
    id: 'peer-stop-failed',
    want: 'hold',
    sentence: 'the peer could not stop a resource; make sure that it is off, then type hactl confirm-stopped',
    when: (f) => isAbandoned(f) && f.stopFailed === 'peer',
  },
  {
    id: 'address-answered',
    want: 'hold',
    sentence: 'somebody still answers for the floating address',
    when: (f) => isAbandoned(f) && f.address === 'held',
  },
  {
    id: 'starting-up',
    want: 'wait',
    sentence: 'the peer has not been heard since the start, and initdead is not over',
    when: (f) => isNeverHeard(f) && !f.hasWaitedInitdead,
  },
  {
    id: 'witness-pause',
    want: 'wait',
    sentence: 'the peer is silent, and may go on without the witness for one lease after it was last heard',
    when: (f) => needsLease(f) && f.lease === 'paused',
  },
  {
    id: 'witness-asked',
    want: 'askWitness',
    sentence: 'the peer is silent, and the witness is asked for the lease',
    when: (f) => needsLease(f) && f.lease === 'awaited',
  },
  {
    id: 'witness-refuses',
    want: 'askWitness',
    sentence: 'the peer is silent here, and the witness does not give its lease away',
    when: (f) => needsLease(f) && f.lease === 'refused',
  },
  {
    id: 'witness-unreachable',
    want: 'askWitness',
    sentence: 'neither the peer nor the witness answers; make sure that the peer is off, then type hactl confirm-dead',
    when: (f) => needsLease(f) && f.lease === 'unreachable',
  },
  {
    id: 'startup-alone',
    want: 'claim',
    sentence: 'the peer was not heard during initdead, and this group may be started alone',
    when: (f) => isNeverHeard(f) && f.mayStartAlone && (f.lease === 'unneeded' || f.lease === 'granted'),
  },
  {
    id: 'startup-alone-hold',
    want: 'hold',
    sentence:
      'the peer was never heard, and it may serve, or have the newer copy; make sure that it is off, then type hactl confirm-dead',
    when: (f) => isNeverHeard(f),
  },
  {
    id: 'peer-one-way',
    want: 'hold',
    sentence: 'the peer lives and does not hear this node',
    when: (f) => f.peer === 'oneWay' && f.evidence !== 'E5',
  },
  {
    id: 'flapping',
    want: 'hold',
    sentence: 'the group moved by itself three times within an hour; type hactl ack when the cause is mended',
    when: (f) => isAbandoned(f) && f.isFlapping && f.isMove,
  },
  {
    id: 'peer-lost',
    want: 'claim',
    sentence: 'the peer is gone, and the evidence is enough',
    when: (f) => isAbandoned(f) && f.peer !== 'heard' && f.isEvidenceEnough,
  },
  {
    id: 'peer-lost-blind',
    want: 'hold',
    sentence:
      'the peer is silent, and no ping target answers here: this node may be the one that is cut off; mend its LAN, or make sure that the peer is off and type hactl confirm-dead',
    when: (f) => isAbandoned(f) && f.peer !== 'heard' && f.isBlind,
  },
  {
    id: 'watchdog-pending',
    want: 'wait',
    sentence: 'the peer is silent; if it hangs, its watchdog resets it before this node takes over',
    when: (f) => isAbandoned(f) && f.peer === 'silent' && f.isSelfFencePending,
  },
  {
    id: 'peer-lost-hold',
    want: 'hold',
    sentence:
      'the peer is silent, and the evidence is not enough; make sure that it is off, then type hactl confirm-dead',
    when: (f) => isAbandoned(f) && f.peer !== 'heard',
  },
  {
    id: 'standby',
    want: 'standby',
    sentence: 'nothing is to be done',
    when: () => true,
  },
];

/** A claim is ownership only while nobody else is seen to hold: whoever serves is not displaced by it. */
function isOwner(f: Facts): boolean {
  const isServing = f.holding === 'starting' || f.holding === 'serving' || f.holding === 'stopping';
  return isServing || (f.holding === 'claiming' && !f.isPeerHolding);
}

/** Nobody but the witness can tell whether the silent peer still holds the group. */
function needsLease(f: Facts): boolean {
  return isAbandoned(f) && (f.peer === 'silent' || (f.peer === 'never' && f.mayStartAlone));
}

/** Somebody has the address, and while the peer is not heard it would not be put up. */
function isAnswered(f: Facts): boolean {
  return f.address === 'held' && f.peer !== 'heard';
}

function isFenceTried({ fence }: Facts): boolean {
  return fence === 'due' || fence === 'failed';
}

function isNeverHeard({ peer, evidence }: Facts): boolean {
  return peer === 'never' && evidence !== 'E2' && evidence !== 'E5';
}

/** No beat says that anybody holds the group, and this node does not either. */
function isAbandoned(f: Facts): boolean {
  const isTaken = f.peer === 'heard' && (f.isPeerHolding || f.choice === 'peer');
  return f.peer !== 'unaware' && !isTaken && f.holding !== 'stopping';
}
