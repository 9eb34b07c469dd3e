import { needsLastSync } from './copy.ts';
import { isReleasedToSelf, replaceGroup } from './groups.ts';
import { isHigher } from './identity.ts';
import type { JobOutcome } from './job.ts';
import { detailOf, startJob } from './jobs.ts';
import type { Moment } from './moment.ts';
import { record } from './moment.ts';
import { isGoing } from './peerView.ts';
import type { GroupState, NodeState } from './state.ts';

/** For so long this node is not armed after a last sync failed: the old owner starts again meanwhile. */
const declineMs = 60_000;

/**
 * Between stop and start of a move the data is copied once more, bounded. Returns undefined where none is
 * needed: data that is not copied, an owner that could not stop, a copy that is the original.
 */
export function beginSync(state: NodeState, group: GroupState, moment: Moment): NodeState | undefined {
  const said = state.peer.groups[group.config.name]?.beat;
  if (said === undefined || !isReleasedToSelf(group, said) || !needsLastSync(group)) return undefined;
  if (isHigher(group.durable.copyEpoch, said.copyEpoch)) return undefined;
  const syncer = group.config.resources.find(({ side }) => side === 'standby');
  if (syncer === undefined) return undefined;
  record(moment, 'sync', `last sync of ${group.config.name} before the start`, { group: group.config.name });
  const syncing: GroupState = { ...group, activity: { kind: 'syncing' } };
  const wanted = { resource: syncer.name, action: 'sync', timeoutMs: syncer.syncTimeoutMs } as const;
  return startJob(replaceGroup(state, syncing), syncing, wanted, moment);
}

/**
 * The last sync has ended: the rules decide whether the claim still stands, for it took its time. Where it failed the move is off and the old owner starts again, unless the old
 * owner is leaving, or an operator has accepted an older copy.
 */
export function noteSync(state: NodeState, group: GroupState, outcome: JobOutcome, moment: Moment): NodeState {
  const synced: GroupState = { ...group, job: undefined };
  const free: GroupState = { ...synced, activity: { kind: 'idle' } };
  if (outcome.kind === 'done') return replaceGroup(state, synced);
  const isForced = group.wish?.kind === 'takeover' && group.wish.isForced;
  const goesOn = isGoing(state.peer) || isForced;
  record(
    moment,
    'sync',
    `the last sync of ${group.config.name} failed: ${detailOf(outcome)}; ${goesOn ? 'starting with the copy as it is' : 'the old owner starts again'}`,
    {
      level: 'error',
      group: group.config.name,
    },
  );
  if (goesOn) return replaceGroup(state, synced);
  return replaceGroup(state, { ...free, wish: undefined, declinedUntilMs: moment.atMs + declineMs });
}
