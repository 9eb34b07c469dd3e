import type { DurableState } from '../../core/durable.ts';

/**
 * Version of the state in a slot. It grows by one with each field that is added, and the reader has a value for the
 * field in a state that is older (`since` in `parseDurable.ts`): an upgrade takes up what is there. A state of a later
 * version is refused, because what this build does not know of may be a claim.
 *
 * 1: the first. 2: `writtenBy`; `incident` of a group. 3: `fenceLiedBy` of a group.
 */
export const stateVersion = 3;

/** The payload of a slot. `build` is for the people who find it with another one. */
export function encodeDurable(state: DurableState, build: string): Uint8Array {
  return Buffer.from(JSON.stringify({ version: stateVersion, writtenBy: build, ...state }), 'utf8');
}
