import { armedReason, armedSentences, isOnlyBehind } from './armed.ts';
import type { ArmedReason } from './beat.ts';
import { canGoOn } from './confirm.ts';
import { isOwnCopy, lagMs } from './copy.ts';
import type { OperatorWish } from './event.ts';
import { isInMaintenance, isServing, replaceGroup, standbySide, withDurable } from './groups.ts';
import type { Heeded } from './heeded.ts';
import { accepted, inMaintenance, refused, unknownGroup } from './heeded.ts';
import type { Moment } from './moment.ts';
import { lackNow, peerView } from './peerView.ts';
import type { GroupState, NodeState } from './state.ts';
import { timeOfDay } from './timeOfDay.ts';

/** The old owner answers a wish within this time, or it is dropped. */
const wishMs = 30_000;

type Takeover = Extract<OperatorWish, { kind: 'takeover' }>;
type Release = Extract<OperatorWish, { kind: 'release' }>;

/** A takeover is asked of the node that shall own. All groups or none: the first refusal refuses it whole. */
export function askTakeover(state: NodeState, wish: Takeover, moment: Moment): Heeded {
  const named =
    wish.groups.length > 0
      ? wish.groups
      : state.groups
          .filter((group) => !isServing(group) || isLeftInDoubt(state, group, moment.atMs))
          .map((group) => group.config.name);
  if (named.length === 0) return accepted(state, 'every group is active here already');
  const awake = { ...state, isObserver: false };
  let next: NodeState = awake;
  for (const name of new Set(named)) {
    const group = awake.groups.find(({ config }) => config.name === name);
    if (group === undefined) return unknownGroup(state, name);
    const isSeenTo = isServing(group) || group.activity.kind === 'claiming';
    if (isSeenTo && !isLeftInDoubt(awake, group, moment.atMs)) continue;
    const refusal = whyNot(awake, group, wish, moment);
    if (refusal !== undefined) return refused(state, refusal.sentence, refusal.next);
    if (isSeenTo) continue;
    const asked = withDurable(group, { isDownByOrder: false });
    const backoffFree = { ...asked.trouble, backoffUntilMs: moment.atMs };
    const held = {
      kind: 'takeover',
      isForced: wish.isForced,
      reason: wish.reason,
      untilMs: moment.atMs + wishMs,
      isAccepted: false,
    } as const;
    next = replaceGroup(next, { ...asked, trouble: backoffFree, declinedUntilMs: moment.atMs, wish: held });
  }
  return accepted(next, `taking over ${named.join(', ')}${wish.reason === '' ? '' : `: ${wish.reason}`}`);
}

/** It was served here, and nobody but an operator can say that the peer has not taken it since: what is missing is told. */
function isLeftInDoubt(state: NodeState, group: GroupState, atMs: number): boolean {
  const view = peerView(state, atMs);
  const isUnheard = view === 'silent' || view === 'never' || view === 'oneWay';
  return group.activity.kind === 'unconfirmed' && isUnheard && !canGoOn(state, group, atMs);
}

/** A release is asked of the owner: the same move, in the other direction. */
export function askRelease(state: NodeState, wish: Release, moment: Moment): Heeded {
  const named = wish.groups.length > 0 ? wish.groups : state.groups.filter(isServing).map((group) => group.config.name);
  if (named.length === 0) return refused(state, 'no group is active here', 'hactl status');
  let next = state;
  for (const name of new Set(named)) {
    const group = state.groups.find(({ config }) => config.name === name);
    if (group === undefined) return unknownGroup(state, name);
    if (!isServing(group))
      return refused(
        state,
        `${name} is not active on ${state.config.self}`,
        `on the node where it is active: hactl release ${name}`,
      );
    if (isInMaintenance(group)) return inMaintenance(state, group);
    const said = state.peer.groups[name]?.beat;
    const isHeard = peerView(state, moment.atMs) === 'heard' && said !== undefined;
    if (!wish.isForced && (!isHeard || said.armed !== 'armed')) {
      const isLacked = lackNow(state, name, moment.atMs) !== undefined;
      const why = isHeard
        ? armedSentences[said.armed]
        : isLacked
          ? 'its configuration has no such group'
          : 'it is not heard';
      const force = `hactl release ${name} --force --reason TEXT (the group then stays down until a takeover)`;
      return refused(
        state,
        `${state.config.peer} is not armed for ${name}: ${why}`,
        isLacked ? `${sameFiles}; or ${force}` : force,
      );
    }
    if (!wish.isForced && said?.digest !== group.config.digest) return refused(state, differing(name), 'hactl check');
    next = replaceGroup(next, { ...group, wish: { kind: 'release', isForced: wish.isForced, reason: wish.reason } });
  }
  return accepted(next, `releasing ${named.join(', ')}${wish.reason === '' ? '' : `: ${wish.reason}`}`);
}

const sameFiles = 'copy the files to both nodes, then: systemctl reload twinbeat';

interface Refusal {
  readonly sentence: string;
  readonly next: string;
}

function whyNot(state: NodeState, group: GroupState, wish: Takeover, moment: Moment): Refusal | undefined {
  const { name } = group.config;
  const { peer, self } = state.config;
  const reason = armedReason(
    state,
    {
      ...group,
      durable: { ...group.durable, isDownByOrder: false },
      trouble: { ...group.trouble, backoffUntilMs: 0 },
      declinedUntilMs: 0,
    },
    moment.atMs,
    moment.wallMs,
  );
  if (reason !== 'armed' && !(wish.isForced && isOnlyBehind(reason))) return unarmed(group, reason, self);
  const said = state.peer.groups[name]?.beat;
  const view = peerView(state, moment.atMs);
  switch (view) {
    case 'heard':
      if (said === undefined) {
        const lack = lackNow(state, name, moment.atMs);
        if (lack !== undefined && group.durable.hasPeerStopFailed) {
          const sentence = `${peer} could not stop a resource of ${name}, and its configuration has no such group any more`;
          return { sentence, next: `when nothing of it runs there: hactl confirm-stopped ${name} --reason TEXT` };
        }
        if (lack === 'free' || (lack !== undefined && wish.isForced)) return undefined;
        if (lack !== undefined) {
          const sentence = `the configuration of ${peer} has no group ${name}, and it has not said that nothing of it runs there`;
          const start = `or, when nothing of it runs on ${peer}: hactl takeover ${name} --force --reason TEXT`;
          return { sentence, next: `${sameFiles}; ${start}` };
        }
        return { sentence: `${peer} has not said that it knows ${name}: its config may lack it`, next: 'hactl check' };
      }
      // What no node runs is not moved but started, by the files of this one.
      if (said.digest !== group.config.digest && !(wish.isForced && said.isVerifiedStopped)) {
        const start = `, or start it by the files of this node: hactl takeover ${name} --force --reason TEXT`;
        return { sentence: differing(name), next: `hactl check${said.isVerifiedStopped ? start : ''}` };
      }
      if (!said.isVerifiedStopped && !wish.isForced && losesData(group)) {
        return {
          sentence: `nothing of ${name} copies its data once more on the way: this copy is ${Math.round(lagMs(group, moment.wallMs) / 1_000)} s old`,
          next: `hactl takeover ${name} --force --reason TEXT, when that may be lost`,
        };
      }
      if (said.role === 'failed') {
        return {
          sentence: `${peer} could not stop a resource of ${name}`,
          next: `on ${peer}, when it is stopped: hactl confirm-stopped ${name} --reason TEXT`,
        };
      }
      return undefined;
    case 'left':
      return undefined;
    case 'unaware':
      return { sentence: `${peer} beats, and has not yet heard this daemon`, next: 'wait a moment, then try again' };
    case 'oneWay':
      return {
        sentence: `${peer} lives and does not hear this node: it cannot be asked to stop`,
        next: 'mend the channels: hactl status',
      };
    case 'never':
    case 'silent':
      if (state.confirmedDead !== undefined) return undefined;
      return {
        sentence: `${peer} is silent: whether it still runs ${name} is not known`,
        next: `make sure that ${peer} is off, then: hactl confirm-dead ${peer} --reason TEXT`,
      };
  }
}

function unarmed(group: GroupState, reason: ArmedReason, self: string): Refusal {
  const { name } = group.config;
  const since = group.durable.staleSinceWallMs;
  if (isOnlyBehind(reason)) {
    const when = since === undefined ? '' : ` since ${timeOfDay(since)}`;
    return {
      sentence: `the copy on this node is ${reason === 'copy-stale' ? 'stale' : 'lagging'} for group ${name}${when}`,
      next: 'bring the copy up to date with a sync, or add --force --reason TEXT',
    };
  }
  const next = reason === 'stop-failed' ? `hactl confirm-stopped ${name} --reason TEXT` : 'hactl status';
  return { sentence: `${self} may not take ${name} now: ${armedSentences[reason]}`, next };
}

/** The copy here is not the original, and no standby-side resource brings it up to date between stop and start. */
function losesData(group: GroupState): boolean {
  const { config, durable } = group;
  return (
    config.dataClass === 'copied' &&
    standbySide(group).length === 0 &&
    durable.servedEpoch.counter > 0 &&
    !isOwnCopy(group)
  );
}

function differing(name: string): string {
  return `the two nodes have different configurations of group ${name}: only a failover moves it until they are the same`;
}
