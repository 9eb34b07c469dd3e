import type { AnswerToOperator } from '../core/answer.ts';
import type { Entry } from '../core/entry.ts';
import type { OperatorWish } from '../core/event.ts';
import { isInMaintenance } from '../core/groups.ts';
import { compareEpochs, isSameEpoch } from '../core/identity.ts';
import type { JobSpec } from '../core/job.ts';
import { Claims } from './claims.ts';
import type { Machine } from './machine.ts';
import { OneOwner } from './oneOwner.ts';
import { Overlap } from './overlap.ts';
import { Promises } from './promises.ts';
import { Truth } from './truth.ts';
import type { Witnessed } from './witnessed.ts';
import type { World } from './world.ts';

/** Rules that may make a serving node stop: everything else would be a move for no reason (I5). */
const stoppingRules: ReadonlySet<string> = new Set([
  'outranked',
  'leaving',
  'lease-over',
  'resource-failed',
  'isolated',
  'not-heard',
  'failback',
  'wish-release',
]);

export function checksFor(world: World): Checks {
  return new Checks(world);
}

/** Looks at what really happens, and ends the run when a promise is broken. */
export class Checks implements Witnessed {
  readonly #world: World;
  readonly #truth: Truth;
  readonly #claims: Claims;
  readonly #overlap: Overlap;
  readonly #oneOwner: OneOwner;
  readonly promises: Promises;

  constructor(world: World) {
    this.#world = world;
    this.#truth = new Truth(world);
    this.#claims = new Claims(world, this.#truth);
    this.#overlap = new Overlap(world, this.#truth);
    this.#oneOwner = new OneOwner(world, this.#truth);
    this.promises = new Promises(world, this.#truth);
  }

  /** No fault is in force from now on, or one is. */
  setCalm(isCalm: boolean): void {
    this.#overlap.setCalm(isCalm);
    this.promises.setCalm(isCalm);
    if (!isCalm) this.promises.forget();
  }

  excuseDown(machine: Machine, group: string, resource: string): void {
    this.#truth.excuseDown(machine, group, resource);
  }

  truthChanged(machine: Machine, group: string): void {
    const { isAddressNew, isLess } = this.#truth.look(machine, group);
    if (isAddressNew) this.#claims.addressCameUp(machine, group);
    this.#overlap.look(group);
    this.#oneOwner.look(group);
    if (isLess) this.promises.stopped(machine, group);
  }

  /** The daemon learns of it with its next renewal only. */
  lapsed(machine: Machine, group: string, address: string): void {
    this.#truth.excuseDown(machine, group, address);
  }

  jobOrdered(machine: Machine, spec: JobSpec): void {
    const group = machine.head?.engine.state.groups.find(({ config }) => config.name === spec.group);
    // What an operator orders by hand, out of order, is his to answer for.
    if (group !== undefined && isInMaintenance(group)) return;
    if (spec.action === 'start') {
      this.#checkDisk(machine, spec);
      this.#checkStartOrder(machine, spec);
      this.#claims.starting(machine, spec);
    }
    if (spec.action === 'stop') this.#checkStopOrder(machine, spec);
  }

  noted(machine: Machine, entry: Entry): void {
    if (entry.rule !== undefined && entry.id === 'decided') this.#world.coverage.count(`rule ${entry.rule}`);
    if (entry.evidence !== undefined && entry.id === 'claimed')
      this.#world.coverage.count(`evidence ${entry.evidence}`);
    if (entry.id === 'claimed' && entry.group !== undefined) this.#claims.claimed(machine, entry.group, entry);
    if (entry.id === 'role-changed' && entry.sentence.startsWith('stopping ')) this.#checkReason(machine, entry);
  }

  answered(machine: Machine, _: string, wish: OperatorWish, answer: AnswerToOperator): void {
    if (wish.kind === 'resource') this.#truth.excuseDown(machine, wish.group, wish.resource);
    this.#world.coverage.count(`typed ${wish.kind} ${answer.kind}`);
  }

  fenced(machine: Machine): void {
    this.promises.fenced(machine);
  }

  /** I12, and nothing writes into data that is served. */
  copied(to: Machine, from: Machine, group: string): void {
    const source = from.copyOf(group).epoch;
    const target = to.copyOf(group).epoch;
    if (compareEpochs(source, target) < 0) {
      this.#world.fail(
        'I12',
        `the copy of ${group} on ${to.name} (epoch ${target.counter}) is overwritten from ${from.name} (epoch ${source.counter})`,
      );
    }
    // No daemon can know of a database that says of itself that it is down.
    if (to.held(group).honest.includes('db'))
      this.#world.fail('I7', `${to.name} serves ${group} while its data is being copied over`);
  }

  /** I6: the claim, and before anything but an address that it serves, is on the disk. */
  #checkDisk(machine: Machine, { group, resource, epochCounter }: JobSpec): void {
    const saved = machine.disk.content?.groups.find(({ name }) => name === group);
    const isAddress = resource === 'address';
    const isClaimed = saved !== undefined && saved.holding !== 'nothing' && saved.heldEpoch.counter >= epochCounter;
    if (!isClaimed)
      this.#world.fail(
        'I6',
        `${machine.name} starts ${resource} of ${group} and has no claim on its disk: ${JSON.stringify(saved)}`,
      );
    const serves =
      saved?.holding !== 'claimed' && saved !== undefined && isSameEpoch(saved.servedEpoch, saved.heldEpoch);
    if (!isAddress && !serves)
      this.#world.fail('I6', `${machine.name} starts ${resource} of ${group} and its disk does not say that it serves`);
  }

  /** I7: the standby's side first, then left to right. */
  #checkStartOrder(machine: Machine, { group, resource }: JobSpec): void {
    const resources = machine.config.groups.find(({ name }) => name === group)?.resources ?? [];
    for (const { name, side } of resources) {
      if (side === 'standby' && machine.runs(group, name) && !machine.liars.has(`${group}/${name}`)) {
        this.#world.fail('I7', `${machine.name} starts ${resource} of ${group} while ${name} runs`);
      }
    }
    const owners = resources.filter(({ side }) => side === 'owner').map(({ name }) => name);
    for (const left of owners.slice(0, owners.indexOf(resource))) {
      if (machine.runs(group, left) || this.#truth.isDownExcused(machine, group, left)) continue;
      this.#world.fail('I7', `${machine.name} starts ${resource} of ${group} although ${left} does not run`);
    }
  }

  /** I7: right to left; what could not be stopped stops the way down. */
  #checkStopOrder(machine: Machine, { group, resource }: JobSpec): void {
    const resources = machine.config.groups.find(({ name }) => name === group)?.resources ?? [];
    const owners = resources.filter(({ side }) => side === 'owner').map(({ name }) => name);
    const { honest } = machine.held(group);
    const at = owners.indexOf(resource);
    if (at < 0) return;
    for (const right of owners.slice(at + 1)) {
      if (honest.includes(right) && !this.#truth.isDownExcused(machine, group, right)) {
        this.#world.fail('I7', `${machine.name} stops ${resource} of ${group} while ${right} runs`);
      }
    }
  }

  #checkReason(machine: Machine, { rule = '', group = '' }: Entry): void {
    const role = machine.head?.roleBefore(group);
    if ((role === 'active' || role === 'starting') && !stoppingRules.has(rule)) {
      this.#world.fail('I5', `${machine.name} stops ${group}, which it serves, by rule ${rule}`);
    }
    if (rule === 'failback') this.promises.failedBack(machine, group);
  }
}
