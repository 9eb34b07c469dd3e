import type { FenceTestOutcome } from './fenceOutcome.ts';
import type { Moment } from './moment.ts';
import { record } from './moment.ts';
import type { NodeState } from './state.ts';

/** Asks the devices from time to time whether they answer: one that is found dead when it is needed helps nobody. */
export function pressFenceTest(state: NodeState, moment: Moment): NodeState {
  const config = state.config.guards.fence;
  const { fenceTest, fence } = state;
  if (config === undefined || config.testMs === 0) {
    return fenceTest.failure === undefined ? state : { ...state, fenceTest: { ...fenceTest, failure: undefined } };
  }
  if (state.runner === 'away' || fence.kind === 'running') return state;
  if (fenceTest.running !== undefined || moment.atMs < fenceTest.nextAtMs) return state;
  const count = state.jobCount + 1;
  const id = `${state.incarnation}-${count}`;
  moment.effects.push({ type: 'testFence', fence: id, withinMs: config.testMsMax });
  return { ...state, jobCount: count, fenceTest: { ...fenceTest, running: id, nextAtMs: moment.atMs + config.testMs } };
}

export function noteFenceTested(state: NodeState, id: string, outcome: FenceTestOutcome, moment: Moment): NodeState {
  const { fenceTest } = state;
  if (fenceTest.running !== id) return state;
  const failure = outcome.kind === 'failed' ? outcome.detail : undefined;
  if (failure !== undefined && fenceTest.failure === undefined) {
    record(moment, 'fence-test', `the fence did not pass its test: ${failure}`, { level: 'warning' });
  } else if (failure === undefined && fenceTest.failure !== undefined) {
    record(moment, 'fence-test', 'the fence passes its test again');
  }
  return { ...state, fenceTest: { ...fenceTest, running: undefined, failure } };
}

export function fenceTestAtMs({ config, fenceTest, runner }: NodeState): number {
  const isTested = config.guards.fence !== undefined && config.guards.fence.testMs > 0 && runner !== 'away';
  return isTested && fenceTest.running === undefined ? fenceTest.nextAtMs : Number.POSITIVE_INFINITY;
}
