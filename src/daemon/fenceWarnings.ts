import type { StatusReport } from '../control/controlProtocol.ts';
import type { NodeState } from '../core/state.ts';

type Warning = StatusReport['warnings'][number];

/** What the fence has come to, where an operator has to know it. Ids are stable. */
export function fenceWarnings(state: NodeState): readonly Warning[] {
  const { fence, fenceTest, config } = state;
  const { peer } = config;
  const found: Warning[] = [];
  const isFailing = fence.kind === 'failed' || (fence.kind === 'running' && fence.failures > 0);
  if (isFailing) {
    const sentence = `${peer} could not be fenced (${fence.detail}); it is tried again`;
    found.push({ id: 'fence-failed', sentence, next: confirmDead(peer) });
  }
  if (fence.kind === 'person') {
    found.push({
      id: 'fence-person',
      sentence: `a person has to switch ${peer} off: ${fence.detail}`,
      next: confirmDead(peer),
    });
  }
  if (fence.kind === 'lied') {
    const sentence = `${fence.by} said that ${peer} was fenced, and it was not: nothing is believed of the fence any more`;
    found.push({ id: 'fence-lied', sentence, next: 'when its config and its cables are right: hactl ack' });
  }
  if (fenceTest.failure !== undefined) {
    const sentence = `the fence does not pass its test, and would fail when it is needed: ${fenceTest.failure}`;
    found.push({ id: 'fence-test', sentence, next: 'mend the device, its cable or its options' });
  }
  return found;
}

function confirmDead(peer: string): string {
  return `when ${peer} is off for certain: hactl confirm-dead ${peer} --reason TEXT`;
}
