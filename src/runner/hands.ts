import type { GroupPlan, PlannedResource, ResourcePlan } from '../config/plans.ts';
import type { JobOutcome, JobSpec } from '../core/job.ts';
import { unreachable } from '../core/unreachable.ts';
import { carryOut, type Hand } from './actions.ts';
import type { Addresses } from './addresses.ts';
import type { JobContext, Jobs } from './jobs.ts';
import { findGroup, findResource } from './plan.ts';
import { ocfHand, type ScriptContext, scriptHand, systemdHand } from './scriptHands.ts';
import type { ScriptFolder } from './scriptLookup.ts';

export interface HandsOptions {
  readonly addresses: Addresses;
  readonly folders: readonly ScriptFolder[];
  readonly ocfRoot: string;
  readonly stateDir: string;
  readonly runDir: string;
  readonly outputFolder: string;
  currentPlan(): ResourcePlan;
  onLine(spec: JobSpec, line: string): void;
}

/** Finds the hand for a resource: the address, the script, the agent or the unit that its words stand for. */
export class Hands {
  readonly #options: HandsOptions;
  #count = 0;

  constructor(options: HandsOptions) {
    this.#options = options;
  }

  /** The sentence why not, for what the config does not name. */
  find(context: JobContext): { readonly hand: Hand; readonly resource: PlannedResource } | string {
    const { group, resource } = context.spec;
    const plan = this.#options.currentPlan();
    const foundGroup = findGroup(plan, group);
    const found = findResource(foundGroup, resource);
    if (foundGroup === undefined || found === undefined) {
      return `the runner's config has no resource ${resource} in a group ${group}`;
    }
    return { hand: this.#handOf(found, foundGroup, context), resource: found };
  }

  /**
   * Stops what a group runs where it is owned, right to left. A stop that fails does not keep the next one from
   * being tried: this is done when the peer may serve already.
   */
  async stopGroup(group: string, epochCounter: number, jobs: Jobs): Promise<JobOutcome> {
    const plan = findGroup(this.#options.currentPlan(), group);
    if (plan === undefined) return { kind: 'notStarted', detail: `the runner's config has no group ${group}` };
    const failures: string[] = [];
    for (const { name, stopTimeoutMs, statusTimeoutMs, side } of [...plan.resources].reverse()) {
      const spec: JobSpec = {
        job: 'dead-man',
        group,
        resource: name,
        action: 'stop',
        epochCounter,
        timeoutMs: stopTimeoutMs,
      };
      const found = side === 'owner' ? this.find({ spec, onSpawned: () => undefined }) : undefined;
      if (found === undefined || typeof found === 'string') continue;
      const outcome = await jobs.inTurn(spec, () => carryOut('stop', found.hand, stopTimeoutMs, statusTimeoutMs));
      if (outcome.kind !== 'done') failures.push(`${name}: ${'detail' in outcome ? outcome.detail : outcome.kind}`);
    }
    return failures.length === 0 ? { kind: 'done' } : { kind: 'failed', detail: failures.join('; ') };
  }

  #handOf({ means, name }: PlannedResource, group: GroupPlan, job: JobContext): Hand {
    const { spec } = job;
    this.#count += 1;
    const { self, peer } = this.#options.currentPlan();
    const context: ScriptContext = {
      group: group.name,
      resource: name,
      epochCounter: spec.epochCounter,
      self,
      peer,
      folders: this.#options.folders,
      ocfRoot: this.#options.ocfRoot,
      stateDir: this.#options.stateDir,
      runDir: this.#options.runDir,
      outputFolder: this.#options.outputFolder,
      callName: `call-${process.pid}-${this.#count}`,
      onSpawned: (pid) => job.onSpawned(pid),
      // A status says the same at every check: its words are for the judge only.
      onLine: (line) => (spec.action === 'status' ? undefined : this.#options.onLine(spec, line)),
    };
    switch (means.kind) {
      case 'address':
        return this.#options.addresses.hand(means, group.leaseMs);
      case 'script':
        return scriptHand(means, context);
      case 'ocf':
        return ocfHand(means, context);
      case 'systemd':
        return systemdHand(means, context);
      default:
        return unreachable(means);
    }
  }
}
