import type { JobOutcome, JobSpec } from '../core/job.ts';
import type { Machine } from './machine.ts';
import type { Process } from './process.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * One job of the runner, with what the script really does and what it says about it.
 *
 * What a script changes happens also when the runner is frozen or dead by then; only the runner's word waits.
 */
export function carryOut(
  spec: JobSpec,
  machine: Machine,
  process: Process,
  around: Surroundings,
  onDone: (outcome: JobOutcome) => void,
): void {
  const boot = machine.bootCount;
  // From the first moment of its start a database may write: what is copied from then on descends from this epoch.
  const isData = spec.resource === machine.dataResource(spec.group);
  if (spec.action === 'start' && isData) serve(machine, spec.group, spec.epochCounter, around);
  const say = (outcome: JobOutcome): void => process.run(() => onDone(outcome));
  const takesMs = durationOf(spec, machine, around);
  const how = machine.misbehaviours.take(spec.group, spec.resource, spec.action);
  const isAlive = (): boolean => machine.isOn && machine.bootCount === boot;
  if (how === 'hangs' || how === 'hangsHalfway') {
    around.schedule.after(spec.timeoutMs, () => {
      if (isAlive() && how === 'hangsHalfway') change(spec, machine, around);
      say({ kind: 'timedOut', afterMs: spec.timeoutMs, detail: `no answer within ${spec.timeoutMs} ms` });
    });
    return;
  }
  const slowMs = how === 'isSlow' ? spec.timeoutMs * 0.9 : takesMs;
  around.schedule.after(slowMs, () => {
    if (!isAlive()) return;
    if (spec.action === 'status') {
      const outcome = statusOf(spec, machine, around, how === 'lies' && !around.isMended, how === 'fails');
      if (outcome.kind !== 'failed') machine.noteStatus(spec.group, spec.resource, outcome.kind === 'running');
      say(outcome);
      return;
    }
    if (how === 'fails' || how === 'failsHalfway') {
      if (how === 'failsHalfway') change(spec, machine, around);
      say({ kind: 'failed', detail: 'exit code 1' });
      return;
    }
    if (how === 'lies' && !around.isMended) {
      if (spec.action === 'stop' && machine.runs(spec.group, spec.resource)) {
        machine.liars.add(`${spec.group}/${spec.resource}`);
        around.witnessed.truthChanged(machine, spec.group);
      }
      say({ kind: 'done' });
      return;
    }
    const problem = change(spec, machine, around);
    say(problem === undefined ? { kind: 'done' } : { kind: 'failed', detail: problem });
  });
}

/** Does the work; returns why it cannot. */
function change(spec: JobSpec, machine: Machine, around: Surroundings): string | undefined {
  const { group, resource, action } = spec;
  const config = machine.config.groups
    .find(({ name }) => name === group)
    ?.resources.find(({ name }) => name === resource);
  if (config === undefined) return 'no such resource';
  switch (action) {
    case 'status':
      return undefined;
    case 'sync':
      return around.copyData(machine, group, 'last') ? undefined : 'the owner cannot be reached';
    case 'start':
      if (config.kind === 'address') {
        machine.kernel.put(`${group}/${resource}`, machine.config.timing.leaseMs);
        around.witnessed.truthChanged(machine, group);
        return undefined;
      }
      machine.setRunning(group, resource, true);
      return undefined;
    case 'stop':
      if (config.kind === 'address') machine.kernel.remove(`${group}/${resource}`, 'is down');
      else machine.setRunning(group, resource, false);
      return undefined;
  }
}

function statusOf(
  spec: JobSpec,
  machine: Machine,
  around: Surroundings,
  lies: boolean,
  isUnclear: boolean,
): JobOutcome {
  const { group, resource } = spec;
  if (isUnclear) return { kind: 'failed', detail: 'no clear status' };
  const isLiar = machine.liars.has(`${group}/${resource}`);
  const seemsRunning = machine.runs(group, resource) && !isLiar;
  if (seemsRunning === lies) return { kind: 'stopped' };
  if (resource !== machine.dataResource(group)) return { kind: 'running' };
  const copy = machine.copyOf(group);
  if (seemsRunning) copy.commit(around.random.data.between(0, 5));
  return { kind: 'running', position: copy.count };
}

function durationOf(
  { group, resource, action }: JobSpec,
  machine: Machine,
  { random, options: { pace } }: Surroundings,
): number {
  const config = machine.config.groups
    .find(({ name }) => name === group)
    ?.resources.find(({ name }) => name === resource);
  if (config?.kind === 'address') return random.jobs.timeMs([0.5, 2]);
  switch (action) {
    case 'start':
      return random.jobs.timeMs(pace.statusMs) + random.jobs.timeMs(pace.startMs);
    case 'stop':
      return random.jobs.timeMs(pace.stopMs) + random.jobs.timeMs(pace.statusMs);
    case 'status':
      return random.jobs.timeMs(pace.statusMs);
    case 'sync':
      return random.jobs.timeMs(pace.syncMs);
  }
}

/** From here on every other copy is older. */
export function serve(machine: Machine, group: string, counter: number, around: Surroundings): void {
  const epoch = { counter, node: machine.name };
  machine.copyOf(group).serve(epoch);
  around.noteServed(group, epoch);
}
