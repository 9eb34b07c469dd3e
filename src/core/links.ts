import type { MacAddress } from './identity.ts';
import type { Moment } from './moment.ts';
import { record } from './moment.ts';
import type { NodeState } from './state.ts';

/** The carrier of a service device came or went. */
export function noteLink(
  state: NodeState,
  device: string,
  hasCarrier: boolean,
  mac: MacAddress,
  moment: Moment,
): NodeState {
  const known = state.links[device];
  if (known?.hasCarrier === hasCarrier && known.mac === mac) return state;
  if (known !== undefined && known.hasCarrier !== hasCarrier) {
    record(
      moment,
      hasCarrier ? 'carrier-back' : 'carrier-lost',
      `${device} has ${hasCarrier ? 'its carrier back' : 'no carrier'}`,
      {
        level: hasCarrier ? 'info' : 'error',
      },
    );
  }
  const sinceMs = known?.hasCarrier === hasCarrier ? known.sinceMs : moment.atMs;
  return { ...state, links: { ...state.links, [device]: { hasCarrier, mac, sinceMs } } };
}
