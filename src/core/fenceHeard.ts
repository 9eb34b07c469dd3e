import type { Moment } from './moment.ts';
import { record } from './moment.ts';
import type { Fence, NodeState } from './state.ts';

/** Another daemon of the peer beats: whatever was done to the one before says nothing about it. */
export function withdrawFence(fence: Fence): Fence {
  switch (fence.kind) {
    case 'lied':
      return fence;
    case 'running':
      return fence.isOvertaken ? fence : { ...fence, isOvertaken: true };
    case 'idle':
    case 'waiting':
    case 'failed':
    case 'person':
    case 'done':
      return { kind: 'idle' };
  }
}

/**
 * The daemon that was fenced answers. Beats that were under way or held back prove nothing: only an echo of a beat that
 * was sent after the fence was done does.
 */
export function meetFenced(state: NodeState, echoedAtMs: number | undefined, moment: Moment): Fence {
  const { fence, config } = state;
  if (fence.kind !== 'done' || echoedAtMs === undefined || echoedAtMs <= fence.atMs) return fence;
  const sentence = `${fence.by} said that ${config.peer} was fenced, and ${config.peer} was never off: it may have served all the time`;
  record(moment, 'fence-lied', sentence, {
    level: 'error',
    facts: { by: fence.by, fencedAgoMs: moment.atMs - fence.atMs },
  });
  return { kind: 'lied', by: fence.by };
}
