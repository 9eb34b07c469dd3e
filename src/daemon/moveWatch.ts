import { exitCodes } from '../control/controlProtocol.ts';
import type { Reply } from '../control/reply.ts';
import type { Role } from '../core/beat.ts';
import { roleOf } from '../core/beats.ts';
import type { Entry } from '../core/entry.ts';
import type { GroupState, NodeState, ResourceState } from '../core/state.ts';
import type { Goal } from './moveGoals.ts';

/** What was last told of a group. */
interface Told {
  readonly role: Role;
  readonly peerRole: Role | undefined;
  readonly resources: Readonly<Record<string, ResourceState['state']>>;
}

/** Shows a client the steps of what was accepted, until all its groups have arrived or one has failed. */
export class MoveWatch {
  readonly #goal: Goal;
  readonly #reply: Reply;
  readonly #told = new Map<string, Told>();
  /** By group, the last thing that went wrong. */
  readonly #trouble = new Map<string, string>();
  #isOver = false;

  constructor(goal: Goal, reply: Reply) {
    this.#goal = goal;
    this.#reply = reply;
  }

  /** Tells what changed. True when there is nothing left to watch. */
  look(state: NodeState): boolean {
    if (this.#isOver) return true;
    const groups = state.groups.filter(({ config }) => this.#goal.groups.includes(config.name));
    const gone = this.#goal.groups.find((name) => groups.every(({ config }) => config.name !== name));
    if (gone !== undefined) return this.#fail(`${gone} is no longer in haresources: a reload has taken it out`);
    for (const group of groups) this.#tell(state, group);
    let haveArrived = true;
    for (const group of groups) {
      const outcome = this.#goal.outcome(state, group);
      if (typeof outcome === 'object') {
        const said = outcome.isVague === true ? this.#trouble.get(group.config.name) : undefined;
        return this.#fail(said ?? outcome.failure);
      }
      haveArrived &&= outcome === 'arrived';
    }
    return haveArrived ? this.#arrive(state) : false;
  }

  /** Failures have sentences of their own in the journal. True when there is nothing left to watch. */
  noteEntry(state: NodeState, entry: Entry): boolean {
    if (this.#isOver) return true;
    const { group, level, sentence } = entry;
    if (group !== undefined && this.#goal.groups.includes(group) && level !== 'info') {
      this.#trouble.set(group, sentence);
      this.#step(group, sentence);
    }
    return this.look(state);
  }

  #tell(state: NodeState, group: GroupState): void {
    const { name, resources } = group.config;
    const { self, peer } = state.config;
    const before = this.#told.get(name);
    const now: Told = {
      role: roleOf(state, group),
      peerRole: state.peer.groups[name]?.beat?.role,
      resources: Object.fromEntries(resources.map((resource) => [resource.name, stateOf(group, resource.name)])),
    };
    this.#told.set(name, now);
    if (before === undefined) return;
    if (now.peerRole !== before.peerRole && now.peerRole !== undefined) this.#step(name, `${peer} is ${now.peerRole}`);
    const isNew = now.role !== before.role;
    // What begins is told before its resources, what has ended after them.
    if (isNew && beginnings.has(now.role)) this.#step(name, `${self} is ${now.role}`);
    for (const resource of resources) {
      const shown = now.resources[resource.name];
      if (shown === undefined || shown === before.resources[resource.name]) continue;
      this.#step(name, `${resource.name} is ${shown} on ${self}`);
    }
    if (isNew && !beginnings.has(now.role)) this.#step(name, `${self} is ${now.role}`);
  }

  #step(group: string, sentence: string): void {
    this.#reply.line({ type: 'step', group, sentence });
  }

  #fail(sentence: string): true {
    this.#isOver = true;
    const next = 'hactl events --since 10m';
    this.#reply.line({ type: 'failed', sentence, next, exitCode: exitCodes.failed });
    return true;
  }

  #arrive(state: NodeState): true {
    this.#isOver = true;
    this.#reply.line({ type: 'done', sentence: this.#goal.done(state), exitCode: exitCodes.ok });
    return true;
  }
}

const beginnings: ReadonlySet<Role> = new Set(['claiming', 'starting', 'stopping', 'unconfirmed']);

function stateOf(group: GroupState, resource: string): ResourceState['state'] {
  return group.resources[resource]?.state ?? 'unknown';
}
