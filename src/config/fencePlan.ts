import type { NodeName } from '../core/identity.ts';
import { fenceAskMs } from './fence.ts';
import type { FenceAgent, FenceCommand, SiteFence } from './siteFence.ts';

/** How one machine is fenced from the other. */
export interface FencePlan {
  readonly target: NodeName;
  /** None of them is empty, but for a person. */
  readonly levels: readonly FencePlanLevel[];
}

export type FencePlanLevel =
  | { readonly kind: 'devices'; readonly devices: readonly PlannedFence[] }
  | { readonly kind: 'person' };

/** `options`: of the device and of the machine, together. */
export type PlannedFence = Omit<FenceAgent, 'nodes'> | FenceCommand;

/** A device that knows nothing of the machine has no part in it. */
export function fencePlanOf({ levels }: SiteFence, target: NodeName): FencePlan {
  const planned = levels.flatMap((level): readonly FencePlanLevel[] => {
    if (level.kind === 'person') return [level];
    const devices = level.devices.flatMap((device): readonly PlannedFence[] => {
      if (device.kind === 'command') return [device];
      const { nodes, ...common } = device;
      const own = Object.hasOwn(nodes, target) ? nodes[target] : undefined;
      return own === undefined ? [] : [{ ...common, options: { ...device.options, ...own } }];
    });
    return devices.length === 0 ? [] : [{ kind: 'devices', devices }];
  });
  return { target, levels: planned };
}

/** What ends a process that ignores its deadline takes so long. */
const endMs = 8_000;

/** Every device is waited for, one after the other, and then asked. */
export function fenceTimes({ levels }: FencePlan): { readonly attemptMsMax: number; readonly testMsMax: number } {
  const devices = levels.flatMap((level) => (level.kind === 'devices' ? level.devices : []));
  const attemptMsMax = devices.reduce((sum, { timeoutMs }) => sum + timeoutMs + fenceAskMs + 2 * endMs, endMs);
  const testMsMax = devices.reduce((sum) => sum + fenceAskMs + endMs, endMs);
  return { attemptMsMax, testMsMax };
}
