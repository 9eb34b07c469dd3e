import type { JobSpec } from '../../core/job.ts';
import type { GroupState, NodeState } from '../../core/state.ts';
import type { Head } from '../head.ts';
import type { World } from '../world.ts';

/** What is told to a runner that has just been connected takes a moment. */
const connectedMs = 2;

/** What a node was waiting for when its snapshot was taken is on its way again. */
export function resume(head: Head, state: NodeState, world: World): void {
  for (const group of state.groups) {
    for (const spec of jobsUnderWay(state, group)) {
      head.runner.run(spec, (outcome) => head.dispatch({ type: 'jobExited', job: spec.job, outcome }));
    }
    if (group.activity.kind === 'checking') {
      for (const job of group.activity.adopted) {
        head.dispatch({ type: 'jobExited', job, outcome: { kind: 'done' } });
      }
    }
  }
  const { disk } = state;
  if (disk.isInFlight) {
    world.schedule.after(world.options.pace.diskMs[0], () => {
      const machine = world.machines.find((one) => one.head === head);
      if (machine?.disk.content !== undefined) machine.disk.content = { ...machine.disk.content, groups: disk.asked };
      head.dispatch({ type: 'saved', revision: disk.revision });
    });
  }
  world.schedule.after(connectedMs, () => {
    askAgain(head, state);
    fenceAgain(head, state);
    head.dispatch({ type: 'alarm' });
  });
}

function jobsUnderWay(state: NodeState, group: GroupState): readonly JobSpec[] {
  const { config, durable, job, monitors } = group;
  const common = { group: config.name, epochCounter: durable.heldEpoch.counter };
  const own = job === undefined ? [] : [{ ...common, job: job.id, resource: job.resource, action: job.action }];
  const checks = Object.entries(monitors).flatMap(([resource, monitor]) =>
    monitor.job === undefined ? [] : [{ ...common, job: monitor.job, resource, action: 'status' as const }],
  );
  return [...own, ...checks].map((spec) => {
    const resource = config.resources.find(({ name }) => name === spec.resource);
    const bounds = { start: 'startTimeoutMs', stop: 'stopTimeoutMs', status: 'statusTimeoutMs', sync: 'syncTimeoutMs' };
    const key = bounds[spec.action] as 'startTimeoutMs';
    return { ...spec, timeoutMs: resource?.[key] ?? state.config.timing.deadMs };
  });
}

/** Devices are asked again: what they have done already they do at once. */
function fenceAgain(head: Head, { fence, fenceTest, config }: NodeState): void {
  const withinMs = config.guards.fence?.attemptMsMax ?? 0;
  if (fence.kind === 'running') {
    head.runner.fence(fence.id, withinMs, (outcome) => head.dispatch({ type: 'fenced', fence: fence.id, outcome }));
  }
  const test = fenceTest.running;
  if (test === undefined) return;
  head.runner.testFence(test, withinMs, (outcome) => head.dispatch({ type: 'fenceTested', fence: test, outcome }));
}

function askAgain(head: Head, state: NodeState): void {
  for (const { config, ask, lease } of state.groups) {
    // It is asked again, which takes as long as the answer that was on its way.
    const { asked } = lease;
    if (asked !== undefined) {
      head.dispatch({ type: 'witnessAnswered', group: config.name, ask: asked.id, answer: { kind: 'silent' } });
    }
    if (ask.kind !== 'pending') continue;
    head.runner.ask(config.name, state.config.timing.keepaliveMs, (answer) =>
      head.dispatch({ type: 'asked', group: config.name, ask: ask.id, answer }),
    );
  }
}
