import { answerWhenSaved } from './disk.ts';
import type { OperatorWish } from './event.ts';
import { forgetLie } from './fenceLie.ts';
import { groupNamed, withDurable } from './groups.ts';
import type { Heeded } from './heeded.ts';
import { accepted, refused, unknownGroup } from './heeded.ts';
import { withResource } from './jobs.ts';
import { goOnline, goStandby, setMaintenance } from './maintenance.ts';
import type { Moment } from './moment.ts';
import { record } from './moment.ts';
import { askRelease, askTakeover } from './moves.ts';
import { isPeerAlive, lackNow, peerView } from './peerView.ts';
import { handleResource } from './resources.ts';
import type { NodeState } from './state.ts';
import { beginCopy, endCopy } from './syncs.ts';
import { startBackoff } from './trouble.ts';
import { unreachable } from './unreachable.ts';

/** Heeds an operator, or the syncer. What is accepted is answered when it is on disk. */
export function heed(state: NodeState, request: string, wish: OperatorWish, moment: Moment): NodeState {
  const { state: next, answer } = heedWish(state, wish, moment);
  if (answer.kind === 'refused') {
    moment.effects.push({ type: 'answer', request, answer });
    return state;
  }
  const isDryRun = (wish.kind === 'takeover' || wish.kind === 'release') && wish.isDryRun;
  if (isDryRun) {
    moment.effects.push({ type: 'answer', request, answer });
    return state;
  }
  record(moment, wish.kind === 'syncBegin' || wish.kind === 'syncEnd' ? 'sync' : 'operator', answer.sentence, {
    facts: { ...wish },
  });
  return answerWhenSaved(next, request, answer, moment);
}

function heedWish(state: NodeState, wish: OperatorWish, moment: Moment): Heeded {
  switch (wish.kind) {
    case 'takeover':
      return askTakeover(state, wish, moment);
    case 'release':
      return askRelease(state, wish, moment);
    case 'confirmDead':
      return confirmDead(state, wish, moment);
    case 'confirmStopped':
      return confirmStopped(state, wish, moment);
    case 'maintenance':
      return setMaintenance(state, wish, moment);
    case 'standby':
      return goStandby(state, wish, moment);
    case 'online':
      return goOnline(state, moment);
    case 'resource':
      return handleResource(state, wish, moment);
    case 'ack':
      return acknowledge(state, wish.group);
    case 'syncBegin':
      return beginCopy(state, wish.group, wish.isRewriting, moment);
    case 'syncEnd':
      return endCopy(state, wish.group, moment);
    default:
      return unreachable(wish);
  }
}

function confirmDead(state: NodeState, wish: Extract<OperatorWish, { kind: 'confirmDead' }>, moment: Moment): Heeded {
  const { peer } = state.config;
  if (wish.node !== peer)
    return refused(state, `${wish.node} is not the peer of this node`, `hactl confirm-dead ${peer} --reason TEXT`);
  const { newAtMs, newUntilMs, candidate } = state.peer;
  const lastMs = Math.max(newAtMs ?? Number.NEGATIVE_INFINITY, candidate?.atMs ?? Number.NEGATIVE_INFINITY);
  const agoMs = moment.atMs - lastMs;
  if (moment.atMs < Math.max(newUntilMs ?? 0, candidate?.untilMs ?? 0) || peerView(state, moment.atMs) === 'heard') {
    return refused(state, `${peer} is alive: a beat of it arrived ${Math.round(agoMs)} ms ago`, 'hactl status');
  }
  const { incarnation } = state.peer;
  const confirmedDead = { incarnation, reason: wish.reason, isForced: wish.isForced };
  const groups = state.groups.map((group) => withDurable(group, { hasPeerStopFailed: false }));
  return accepted(
    { ...state, confirmedDead, groups },
    `${peer} (incarnation ${incarnation ?? 'never heard'}) is confirmed dead: ${wish.reason}`,
  );
}

function confirmStopped(
  state: NodeState,
  wish: Extract<OperatorWish, { kind: 'confirmStopped' }>,
  moment: Moment,
): Heeded {
  const group = groupNamed(state, wish.group);
  if (group === undefined) return unknownGroup(state, wish.group);
  const { stopFailed, hasPeerStopFailed } = group.durable;
  if (stopFailed === undefined && !hasPeerStopFailed) {
    return refused(state, `no stop of ${wish.group} has failed: nothing is to be confirmed`, 'hactl status');
  }
  // The next beat would say again what the operator has just denied, unless the group is unknown there by now.
  const isKnownThere = lackNow(state, wish.group, moment.atMs) === undefined;
  if (stopFailed === undefined && isKnownThere && isPeerAlive(state, moment.atMs)) {
    const { peer } = state.config;
    const next = `on ${peer}: hactl confirm-stopped ${wish.group} --reason TEXT`;
    return refused(state, `${peer} is alive, and it is ${peer} that could not stop ${wish.group}`, next);
  }
  const free = withDurable(group, {
    stopFailed: undefined,
    // What is said of a stop that failed here says nothing about one that failed at the peer.
    hasPeerStopFailed: stopFailed !== undefined && hasPeerStopFailed,
    ...(stopFailed === undefined ? {} : { holding: 'nothing' }),
  });
  // The way down is over, as if its last stop had been verified: what was given up for a failure pauses first.
  const trouble = group.trouble.isGivingUp ? startBackoff(group.trouble, moment.atMs) : group.trouble;
  const stopped =
    stopFailed === undefined
      ? free
      : {
          ...withResource(free, stopFailed.resource, { state: 'stopped', detail: 'as an operator confirmed' }),
          isVerifiedStopped: true,
          trouble,
        };
  const groups = state.groups.map((other) => (other === group ? stopped : other));
  const isOpenThere = stopped.durable.hasPeerStopFailed;
  const where = isOpenThere ? ` here, and not what ${state.config.peer} could not stop` : '';
  return accepted({ ...state, groups }, `${wish.group} is confirmed as stopped${where}: ${wish.reason}`);
}

/** Ends what anti-flap and failed starts have blocked, and what is shown of an incident. */
function acknowledge(state: NodeState, name: string | undefined): Heeded {
  if (name !== undefined && groupNamed(state, name) === undefined) return unknownGroup(state, name);
  const groups = state.groups.map((group) => {
    if (name !== undefined && group.config.name !== name) return group;
    const trouble = { ...group.trouble, failedAtMs: [], backoffs: 0, backoffUntilMs: 0 };
    return { ...withDurable(group, { movesWallMs: [], incident: undefined }), trouble };
  });
  return accepted(forgetLie({ ...state, groups }), `${name ?? 'every group'} may move by itself again`);
}
