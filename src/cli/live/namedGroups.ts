import { exitCodes } from '../../control/controlProtocol.ts';
import type { GroupState, NodeState } from '../../core/state.ts';
import { type Call, finish } from '../daemon.ts';

/** The group of that name, or all of them; an exit code where there is none of that name. */
export async function namedGroups(
  call: Call,
  state: NodeState,
  name: string | undefined,
): Promise<readonly GroupState[] | number> {
  const groups = state.groups.filter(({ config }) => name === undefined || config.name === name);
  if (groups.length > 0) return groups;
  const known = state.groups.map(({ config }) => config.name).join(', ');
  const sentence = name === undefined ? 'no group is configured' : `there is no group ${name}; there is ${known}`;
  const line = { type: 'failed', sentence, next: 'hactl status', exitCode: exitCodes.usage } as const;
  return finish(call, { kind: 'answered', line });
}
