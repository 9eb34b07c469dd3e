import type { AnswerToOperator } from './answer.ts';
import type { GroupState, NodeState } from './state.ts';

/** What an operator's word changes, and what he is told. A refusal changes nothing. */
export interface Heeded {
  readonly state: NodeState;
  readonly answer: AnswerToOperator;
}

export function refused(state: NodeState, sentence: string, next: string): Heeded {
  return { state, answer: { kind: 'refused', sentence, next } };
}

export function accepted(state: NodeState, sentence: string, epochCounter?: number): Heeded {
  return { state, answer: { kind: 'accepted', sentence, ...(epochCounter === undefined ? {} : { epochCounter }) } };
}

/** It would be done when the maintenance is over, hours later. */
export function inMaintenance(state: NodeState, { config: { name } }: GroupState): Heeded {
  return refused(state, `${name} is in maintenance`, `hactl maintenance off ${name}`);
}

export function unknownGroup(state: NodeState, name: string): Heeded {
  const known = state.groups.map((group) => group.config.name).join(', ');
  return refused(state, `there is no group ${name}; there is ${known}`, 'hactl status');
}
