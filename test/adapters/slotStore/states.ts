import type { DurableState } from '../../../src/core/durable.ts';
import { newDurableGroup } from '../../../src/core/durable.ts';

/** A state of node1 that can be told from others by its epoch; the longer `detail`, the longer its slot. */
export function stateWithEpoch(counter: number, detail = ''): DurableState {
  return {
    cluster: 'plone',
    node: 'node1',
    bootId: '0123456789abcdef',
    groups: [
      {
        ...newDurableGroup('site', 1_700_000_000_000),
        holding: 'serving',
        epoch: { counter, node: 'node1' },
        sync: { beganWallMs: 1, endedWallMs: 2 },
        stopFailed: { resource: 'zeo::instance0', detail },
        movesWallMs: [1, 2, 3],
        peerMac: '02:00:5e:10:00:01',
      },
    ],
  };
}

export function epochOf(state: DurableState | undefined): number | undefined {
  return state?.groups[0]?.epoch.counter;
}
