import { after, before, type TestContext, test } from 'node:test';
import { until } from '../../lab/clock.ts';
import { whyNoMachines } from './debianTree.ts';
import type { Machine } from './machine.ts';
import { PairOfMachines, type Version } from './pairOfMachines.ts';

export const head = 'twinbeat.service';
export const runner = 'twinbeat-runner.service';

/** debootstrap, on the first run. */
const bootMsMax = 12 * 60_000;
const stepMsMax = 240_000;

export type Step = (title: string, body: (machines: PairOfMachines) => Promise<void>) => void;

/**
 * The tests of a file as steps of one story: two machines are booted for all of them, and each step finds them as the
 * one before has left them. Where none can be booted, the steps are skipped with the reason, or fail when `CI` is set.
 */
export function tellStory(builds: readonly Version[]): Step {
  const reason = whyNoMachines();
  let machines: PairOfMachines | undefined;
  let hasFailed = false;
  before(
    async () => {
      if (reason === undefined) machines = await PairOfMachines.boot(builds);
      else if (process.env['CI'] !== undefined) throw new Error(reason);
    },
    { timeout: bootMsMax },
  );
  after(async () => await machines?.close());
  return (title, body) => {
    test(title, { timeout: stepMsMax }, async (t: TestContext) => {
      if (machines === undefined) return t.skip(reason ?? 'the machines did not boot');
      // What follows would only say the same in other words.
      if (hasFailed) throw new Error('an earlier step has failed');
      hasFailed = true;
      await body(machines);
      hasFailed = false;
    });
  };
}

/** Signals the main process of a unit, and nothing else of it. */
export async function signalMain(machine: Machine, unit: string, signal: string): Promise<void> {
  await machine.run('systemctl', 'kill', '--kill-whom=main', `--signal=${signal}`, unit);
}

/** Until systemd has started the unit again, with another process. */
export async function untilRestarted(machine: Machine, unit: string, oldPid: string, withinMs = 20_000): Promise<void> {
  await until(`${unit} of ${machine.name} is there again`, withinMs, async () => {
    const shown = await machine.run('systemctl', 'show', '--property=MainPID,ActiveState', unit);
    const pid = /^MainPID=(\d+)$/m.exec(shown)?.[1] ?? '0';
    return pid !== oldPid && pid !== '0' && shown.includes('ActiveState=active');
  });
}
