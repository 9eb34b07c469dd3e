import { groupNamed, isHolding, replaceGroup, withDurable } from './groups.ts';
import type { Heeded } from './heeded.ts';
import { accepted, refused, unknownGroup } from './heeded.ts';
import { isHigher } from './identity.ts';
import type { Moment } from './moment.ts';
import { peerView } from './peerView.ts';
import type { NodeState } from './state.ts';

/**
 * A sync of this node's copy begins. It is accepted only from an owner that is heard, or that has just
 * released the group, and never from a source that is older than the copy (I12).
 */
export function beginCopy(state: NodeState, name: string, isRewriting: boolean, moment: Moment): Heeded {
  const group = groupNamed(state, name);
  if (group === undefined) return unknownGroup(state, name);
  const { peer, self } = state.config;
  if (group.config.dataClass !== 'copied')
    return refused(state, `the data of ${name} is not copied: nothing is to be synced`, 'hactl check');
  // Whatever is appended to a copy that is half rewritten makes it no better, and its end would say that it is whole.
  if (group.durable.isCopyWithdrawn && !isRewriting) {
    return refused(
      state,
      `a sync that rewrites the copy of ${name} here began, and has not completed`,
      `let it end, or run it again: hactl sync-begin ${name} --rewrites`,
    );
  }
  if (isHolding(group))
    return refused(state, `${self} itself holds ${name}: its data is the original`, `run the sync on ${peer}`);
  if (peerView(state, moment.atMs) !== 'heard')
    return refused(state, `${peer} is not heard: its data may be older than it seems`, 'hactl status');
  const said = state.peer.groups[name]?.beat;
  const isOwner =
    said !== undefined && (said.role === 'active' || said.role === 'starting' || said.role === 'released');
  if (!isOwner) return refused(state, `${peer} does not own ${name}: there is nothing to copy from`, 'hactl status');
  if (isHigher(group.durable.copyEpoch, said.copyEpoch)) {
    return refused(
      state,
      `the copy here (epoch ${group.durable.copyEpoch.counter}) is newer than that of ${peer} (epoch ${said.copyEpoch.counter})`,
      'hactl status',
    );
  }
  const openSync = { epoch: said.copyEpoch, beganWallMs: moment.wallMs };
  const open = withDurable(group, { openSync, isCopyWithdrawn: isRewriting });
  const counter = said.copyEpoch.counter;
  return accepted(replaceGroup(state, open), `a sync of ${name} from epoch ${counter} began`, counter);
}

/** The sync that began is complete: the copy descends from the ownership under which it began. */
export function endCopy(state: NodeState, name: string, moment: Moment): Heeded {
  const group = groupNamed(state, name);
  if (group === undefined) return unknownGroup(state, name);
  const { openSync } = group.durable;
  if (openSync === undefined)
    return refused(state, `no sync of ${name} has begun, or a takeover came in between`, `hactl sync-begin ${name}`);
  if (isHolding(group))
    return refused(state, `${state.config.self} holds ${name} by now: the sync no longer counts`, 'hactl status');
  const sync = { beganWallMs: openSync.beganWallMs, endedWallMs: moment.wallMs };
  const done = withDurable(group, { sync, openSync: undefined, copyEpoch: openSync.epoch, isCopyWithdrawn: false });
  return accepted(
    replaceGroup(state, done),
    `the sync of ${name} from epoch ${openSync.epoch.counter} is complete`,
    openSync.epoch.counter,
  );
}
