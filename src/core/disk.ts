import type { DurableGroup, DurableState } from './durable.ts';
import type { Moment } from './moment.ts';
import { record } from './moment.ts';
import { isSameOnDisk } from './sameOnDisk.ts';
import type { NodeState, WaitingAnswer } from './state.ts';

/** A disk that refused is asked again after this time. */
const retryMs = 1_000;

/** They go to the same slot, one over the other: an older one than this has been overwritten in part at least. */
const doubtedMax = 8;

/** Asks for a write when something changed that must survive; one write at a time, always of the newest. */
export function save(state: NodeState, moment: Moment): NodeState {
  const { disk } = state;
  if (disk.isInFlight) return state;
  const durable = durableGroups(state);
  // A disk that has failed is tried again although nothing changed: until it takes a write this node is broken.
  const isProbe = disk.failure !== undefined;
  if (!isProbe && !needsSaving(durable, disk.asked)) return state;
  if (disk.failure !== undefined && moment.atMs < disk.retryAtMs) return state;
  const revision = disk.revision + 1;
  moment.effects.push({ type: 'save', revision, durable: durableState(state) });
  return { ...state, disk: { ...disk, asked: durable, revision, isInFlight: true } };
}

export function durableState(state: NodeState): DurableState {
  const { cluster, self } = state.config;
  return { cluster, node: self, bootId: state.bootId, groups: durableGroups(state) };
}

function durableGroups(state: NodeState): readonly DurableGroup[] {
  return [...state.groups.map((group) => group.durable), ...state.retiredGroups];
}

export function noteSaved(state: NodeState, revision: number, moment: Moment): NodeState {
  const { disk } = state;
  if (revision !== disk.revision) return state;
  const [ready, waiting] = partition(disk.waiting, (answer) => answer.revision <= revision);
  for (const { request, answer } of ready) moment.effects.push({ type: 'answer', request, answer });
  return {
    ...state,
    disk: {
      ...disk,
      saved: disk.asked,
      isInFlight: false,
      doubted: [],
      failure: undefined,
      waiting,
    },
  };
}

/** What was to be on disk is not: nothing goes on that waits for it, and nothing new is claimed. */
export function noteSaveFailed(state: NodeState, revision: number, reason: string, moment: Moment): NodeState {
  const { disk } = state;
  if (revision !== disk.revision) return state;
  if (disk.failure === undefined) {
    record(moment, 'save-failed', `the state could not be written: ${reason}; nothing is claimed until it can`, {
      level: 'error',
    });
  }
  for (const { request, answer } of disk.waiting) {
    moment.effects.push({ type: 'answer', request, answer: unsaved(answer, reason) });
  }
  return {
    ...state,
    disk: {
      ...disk,
      asked: disk.saved,
      isInFlight: false,
      doubted: [...disk.doubted, disk.asked].slice(-doubtedMax),
      failure: reason,
      retryAtMs: moment.atMs + retryMs,
      waiting: [],
    },
  };
}

/** Others may have acted on it already, here and at the peer: it is not taken back, and written as soon as that is possible. */
function unsaved({ sentence }: WaitingAnswer['answer'], reason: string): WaitingAnswer['answer'] {
  return {
    kind: 'unsaved',
    sentence: `${sentence}; but the state could not be written: ${reason}: a restart of the daemon before the disk is back forgets it`,
    next: 'free the disk: it is written then by itself, and hactl status warns until it is (state-unwritable)',
  };
}

/** Gives an answer once everything that it promises is on disk. */
export function answerWhenSaved(
  state: NodeState,
  request: string,
  answer: WaitingAnswer['answer'],
  moment: Moment,
): NodeState {
  const { disk } = state;
  const isPending = needsSaving(durableGroups(state), disk.asked);
  if (!isPending && !disk.isInFlight) {
    moment.effects.push({ type: 'answer', request, answer });
    return state;
  }
  // A write that is in flight holds an older state: the one after it is meant.
  const revision = isPending ? disk.revision + 1 : disk.revision;
  return { ...state, disk: { ...disk, waiting: [...disk.waiting, { revision, request, answer }] } };
}

function needsSaving(now: readonly DurableGroup[], asked: readonly DurableGroup[]): boolean {
  if (now.length !== asked.length) return true;
  return now.some((group, index) => {
    const before = asked[index];
    return before === undefined || !isSameOnDisk(group, before);
  });
}

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}
