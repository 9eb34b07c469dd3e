import { exitCodes } from '../control/controlProtocol.ts';
import type { Reply } from '../control/reply.ts';
import type { Role } from '../core/beat.ts';
import { roleOf } from '../core/beats.ts';
import type { Entry } from '../core/entry.ts';
import { isServing } from '../core/groups.ts';
import type { GroupState, NodeState, ResourceState } from '../core/state.ts';

/** What was last told of a group. */
interface Told {
  readonly role: Role;
  readonly peerRole: Role | undefined;
  readonly resources: Readonly<Record<string, ResourceState['state']>>;
}

type Outcome = 'moving' | 'arrived' | { readonly failure: string };

/** Shows a client the steps of a move that was accepted, until all its groups have arrived or one has failed. */
export class MoveWatch {
  readonly #verb: 'takeover' | 'release';
  readonly #groups: readonly string[];
  readonly #reply: Reply;
  readonly #told = new Map<string, Told>();
  /** Groups that were seen on the way: from then on a standstill is a failure. */
  readonly #started = new Set<string>();
  #isOver = false;

  constructor(verb: 'takeover' | 'release', groups: readonly string[], reply: Reply) {
    this.#verb = verb;
    this.#groups = groups;
    this.#reply = reply;
  }

  /** Tells what changed. True when there is nothing left to watch. */
  look(state: NodeState): boolean {
    if (this.#isOver) return true;
    const groups = state.groups.filter(({ config }) => this.#groups.includes(config.name));
    for (const group of groups) this.#tell(state, group);
    const outcomes = groups.map((group) => this.#outcome(state, group));
    for (const outcome of outcomes) if (typeof outcome === 'object') return this.#end(outcome.failure);
    return outcomes.every((outcome) => outcome === 'arrived') ? this.#end(undefined, state) : false;
  }

  /** Failures have sentences of their own in the journal. True when there is nothing left to watch. */
  noteEntry(state: NodeState, entry: Entry): boolean {
    if (this.#isOver) return true;
    const { group, level, sentence } = entry;
    if (group !== undefined && this.#groups.includes(group) && level !== 'info') this.#step(group, sentence);
    return this.look(state);
  }

  #tell(state: NodeState, group: GroupState): void {
    const { name, resources } = group.config;
    const { self, peer } = state.config;
    const before = this.#told.get(name);
    const now: Told = {
      role: roleOf(state, group),
      peerRole: state.peer.groups[name]?.beat.role,
      resources: Object.fromEntries(resources.map((resource) => [resource.name, stateOf(group, resource.name)])),
    };
    this.#told.set(name, now);
    if (before === undefined) return;
    if (now.peerRole !== before.peerRole && now.peerRole !== undefined) this.#step(name, `${peer} is ${now.peerRole}`);
    if (now.role !== before.role) this.#step(name, `${self} is ${now.role}`);
    for (const resource of resources) {
      const shown = now.resources[resource.name];
      if (shown === undefined || shown === before.resources[resource.name]) continue;
      this.#step(name, `${resource.name} is ${shown} on ${self}`);
    }
  }

  #outcome(state: NodeState, group: GroupState): Outcome {
    const { name } = group.config;
    const { durable, activity, trouble } = group;
    if (durable.stopFailed !== undefined) {
      return {
        failure: `${durable.stopFailed.resource} of ${name} could not be stopped: ${durable.stopFailed.detail}`,
      };
    }
    if (this.#verb === 'release') return releaseOutcome(state, group);
    if (activity.kind === 'active') return 'arrived';
    if (trouble.isGivingUp) return { failure: `${name} could not be started: ${trouble.sentence ?? 'see the events'}` };
    const isOnTheWay = isServing(group) || activity.kind === 'claiming' || activity.kind === 'syncing';
    if (isOnTheWay) this.#started.add(name);
    // The wish ends when it is fulfilled, and when it is given up.
    const isGivenUp = group.wish === undefined && !isOnTheWay;
    if (isGivenUp || (this.#started.has(name) && activity.kind === 'stopping')) {
      return { failure: `the takeover of ${name} is off: ${group.because.sentence}` };
    }
    return 'moving';
  }

  #step(group: string, sentence: string): void {
    this.#reply.line({ type: 'step', group, sentence });
  }

  #end(failure: string | undefined, state?: NodeState): true {
    this.#isOver = true;
    const names = this.#groups.join(', ');
    if (failure !== undefined) {
      const next = 'hactl events --since 10m';
      this.#reply.line({ type: 'failed', sentence: failure, next, exitCode: exitCodes.failed });
    } else {
      const sentence =
        this.#verb === 'takeover' ? `${names} is active on ${state?.config.self}` : `${names} is released`;
      this.#reply.line({ type: 'done', sentence, exitCode: exitCodes.ok });
    }
    return true;
  }
}

/** Arrived when the peer is active, or when an operator wanted the group down and it is verified down. */
function releaseOutcome(state: NodeState, group: GroupState): Outcome {
  const { name } = group.config;
  const peerRole = state.peer.groups[name]?.beat.role;
  const isGone = group.activity.kind === 'idle' && group.isVerifiedStopped;
  if (isGone && (peerRole === 'active' || group.durable.isDownByOrder)) return 'arrived';
  if (isGone && peerRole === 'failed') return { failure: `${state.config.peer} could not start ${name}` };
  const isBack = group.wish === undefined && group.activity.kind === 'active';
  return isBack ? { failure: `the release of ${name} is off: ${group.because.sentence}` } : 'moving';
}

function stateOf(group: GroupState, resource: string): ResourceState['state'] {
  return group.resources[resource]?.state ?? 'unknown';
}
