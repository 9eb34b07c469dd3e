import assert from 'node:assert/strict';
import { type Beat, beatVersions, type GroupBeat } from '../../src/core/beat.ts';
import type { DurableGroup, DurableState } from '../../src/core/durable.ts';
import { newDurableGroup } from '../../src/core/durable.ts';
import type { Effect } from '../../src/core/effect.ts';
import type { AskResult, Happening, HeardBeat, OperatorWish } from '../../src/core/event.ts';
import { initialState } from '../../src/core/initial.ts';
import type { JobOutcome, JobSpec } from '../../src/core/job.ts';
import type { GroupConfig, NodeConfig, ResourceConfig } from '../../src/core/nodeConfig.ts';
import type { GroupState, NodeState } from '../../src/core/state.ts';
import { step } from '../../src/core/step.ts';

/** `step` of one node, with hands, a disk and a peer that do what the test says. */
export class TestNode {
  state: NodeState;
  atMs = 1_000_000;
  wallMs = 1_700_000_000_000;
  /** All effects since the last `forget`. */
  effects: Effect[] = [];
  /** What a job comes to; `undefined` leaves it running. */
  judge: (spec: JobSpec) => JobOutcome | undefined = ({ action }) => ({
    kind: action === 'status' ? 'stopped' : 'done',
  });
  askAnswer: AskResult | undefined = { kind: 'silent' };
  /** `late` leaves writes unanswered until `saved()` is called. */
  disk: 'good' | 'late' | 'broken' = 'good';
  /** Addresses that the runner finds missing when it renews. */
  missing: readonly string[] = [];
  readonly running: JobSpec[] = [];
  #peerSequence = 0;

  constructor(options: TestNodeOptions = {}) {
    const config = { ...plainConfig, ...options.config };
    const durable: DurableState | undefined =
      options.disk === undefined
        ? undefined
        : { cluster: config.cluster, node: config.self, bootId: bootIds.old, groups: options.disk };
    this.state = initialState({
      config,
      incarnation: incarnations.self,
      bootId: options.isSameBoot === false ? bootIds.now : bootIds.old,
      durable,
      isHoldMode: options.isHoldMode ?? false,
      atMs: this.atMs,
      wallMs: this.wallMs,
    });
  }

  /** Connects the runner and lets it find nothing running. */
  boot(): this {
    this.happen({ type: 'runnerConnected', jobs: [], renewals: [] });
    return this;
  }

  happen(happening: Happening): void {
    const result = step(this.state, happening, { atMs: this.atMs, wallMs: this.wallMs });
    assert(result.state.alarmAtMs > this.atMs, 'an alarm lies after its event');
    this.state = result.state;
    this.effects.push(...result.effects);
    for (const effect of result.effects) this.#carryOut(effect);
  }

  /** Lets time pass, alarm by alarm; `beat` is what the peer says before each. */
  advance(ms: number, beat?: () => void): void {
    const untilMs = this.atMs + ms;
    while (this.atMs < untilMs) {
      const nextMs = Math.min(untilMs, this.state.alarmAtMs);
      this.wallMs += nextMs - this.atMs;
      this.atMs = nextMs;
      beat?.();
      if (this.state.alarmAtMs <= this.atMs) this.happen({ type: 'alarm' });
    }
  }

  /** Time passes without this node: the alarm comes late. */
  stall(ms: number): void {
    this.atMs += ms;
    this.wallMs += ms;
    this.happen({ type: 'alarm' });
  }

  /** A beat of the peer, on every channel, that echoes the newest beat of this node; a full one unless it is said to be short. */
  hear(
    groups: readonly Partial<GroupBeat>[] = [{}],
    { isShort = false, ...more }: Partial<Beat & HeardBeat> = {},
    channels?: readonly number[],
  ): void {
    this.#peerSequence += 1;
    const beat: Beat = {
      version: beatVersions.newest,
      versionMax: beatVersions.newest,
      from: 'node2',
      incarnation: incarnations.peer,
      bootId: bootIds.peer,
      sequence: this.#peerSequence,
      echo:
        this.state.beats.sequence === 0
          ? undefined
          : { incarnation: this.state.incarnation, sequence: this.state.beats.sequence },
      phase: 'online',
      hearsOn: 0b11,
      selfFenceMs: 0,
      pingsAnswering: undefined,
      wallSeconds: undefined,
      groups: groups.map((group) => ({ ...plainGroupBeat, ...group })),
      ...more,
    };
    for (const channel of channels ?? this.state.channels.keys())
      this.happen({ type: 'beatHeard', channel, beat, isShort });
  }

  /** Time passes, and the peer says the same all the while. */
  hearFor(ms: number, groups: readonly Partial<GroupBeat>[] = [{}], more: Partial<Beat & HeardBeat> = {}): void {
    this.advance(ms, () => this.hear(groups, more));
  }

  /** Lets something happen again and again, with time passing, until it is so: within a minute, or the test fails. */
  until(isSo: () => boolean, happens: () => void): void {
    const untilMs = this.atMs + 60_000;
    while (!isSo()) {
      assert(this.atMs < untilMs, `not in a minute: ${isSo.toString()}`);
      happens();
    }
  }

  type(wish: OperatorWish): Effect & { type: 'answer' } {
    const before = this.effects.length;
    this.happen({ type: 'operatorAsked', request: 'r', wish });
    const answer = this.effects.slice(before).find((effect) => effect.type === 'answer');
    assert(answer?.type === 'answer', 'the operator is answered at once when the disk is good');
    return answer;
  }

  finish(spec: JobSpec, outcome: JobOutcome): void {
    this.happen({ type: 'jobExited', job: spec.job, outcome });
  }

  saved(): void {
    this.happen({ type: 'saved', revision: this.state.disk.revision });
  }

  group(name = 'site'): GroupState {
    const group = this.state.groups.find(({ config }) => config.name === name);
    assert(group !== undefined, `there is a group ${name}`);
    return group;
  }

  rule(name = 'site'): string {
    return this.group(name).because.rule;
  }

  forget(): void {
    this.effects = [];
  }

  jobs(): readonly string[] {
    return this.effects.flatMap((effect) =>
      effect.type === 'startJob' ? [`${effect.spec.action} ${effect.spec.resource}`] : [],
    );
  }

  count(type: Effect['type']): number {
    return this.effects.filter((effect) => effect.type === type).length;
  }

  /** What the newest beat said of a group. */
  told(name = 'site'): GroupBeat {
    const beats = this.effects.flatMap((effect) => (effect.type === 'send' ? [effect.beat] : []));
    const said = beats.findLast((beat) => beat.groups.some((group) => group.name === name));
    const group = said?.groups.find((candidate) => candidate.name === name);
    assert(group !== undefined, `a beat told of ${name}`);
    return group;
  }

  entries(id: string): readonly string[] {
    return this.effects.flatMap((effect) =>
      effect.type === 'record' && effect.entry.id === id ? [effect.entry.sentence] : [],
    );
  }

  #carryOut(effect: Effect): void {
    switch (effect.type) {
      case 'startJob': {
        const outcome = this.judge(effect.spec);
        if (outcome === undefined) this.running.push(effect.spec);
        else this.finish(effect.spec, outcome);
        return;
      }
      case 'save':
        if (this.disk === 'good') this.happen({ type: 'saved', revision: effect.revision });
        if (this.disk === 'broken') this.happen({ type: 'saveFailed', revision: effect.revision, reason: 'no space' });
        return;
      case 'ask':
        if (this.askAnswer !== undefined)
          this.happen({ type: 'asked', group: effect.group, ask: effect.ask, answer: this.askAnswer });
        return;
      case 'renew':
        this.happen({ type: 'renewed', group: effect.group, missing: this.missing });
        return;
      default:
    }
  }
}

export interface TestNodeOptions {
  readonly config?: Partial<NodeConfig>;
  readonly disk?: readonly DurableGroup[];
  readonly isSameBoot?: boolean;
  readonly isHoldMode?: boolean;
}

export const incarnations = { self: '1'.repeat(16), peer: '2'.repeat(16), peerAgain: '3'.repeat(16) } as const;
const bootIds = { old: 'a'.repeat(16), now: 'b'.repeat(16), peer: 'c'.repeat(16) } as const;

const none = { counter: 0, node: '' } as const;

/** An idle peer that could take the group. */
const plainGroupBeat: GroupBeat = {
  name: 'site',
  digest: '00000001',
  role: 'standby',
  epoch: none,
  servedEpoch: none,
  copyEpoch: none,
  armed: 'armed',
  lagSeconds: undefined,
  isVerifiedStopped: true,
  isReleasedToPeer: false,
  wish: 'none',
  latch: undefined,
  mac: '02:00:00:00:00:02',
};

export function resource(name: string, more: Partial<ResourceConfig> = {}): ResourceConfig {
  return {
    name,
    kind: 'script',
    side: 'owner',
    startTimeoutMs: 5_000,
    stopTimeoutMs: 5_000,
    statusTimeoutMs: 1_000,
    syncTimeoutMs: 5_000,
    monitorMs: 0,
    device: undefined,
    ...more,
  };
}

export const address = resource('address', { kind: 'address', device: 'eth0' });

export function groupConfig(name: string, more: Partial<GroupConfig> = {}): GroupConfig {
  return {
    name,
    preferred: 'node1',
    dataClass: 'none',
    maxLagMs: 900_000,
    resources: [address, resource('db')],
    digest: '00000001',
    restarts: { countMax: 2, windowMs: 600_000 },
    hasDeadMan: true,
    ...more,
  };
}

export const plainConfig: NodeConfig = {
  cluster: 'test',
  self: 'node1',
  peer: 'node2',
  timing: { keepaliveMs: 200, warnMs: 600, deadMs: 2_000, initdeadMs: 10_000, leaseMs: 3_000, renewMs: 500 },
  channels: [
    { name: 'lan', medium: 'lan', type: 'udp', beatMs: 200, deadMs: 2_000, isSlow: false },
    { name: 'cross', medium: 'cross', type: 'udp', beatMs: 200, deadMs: 2_000, isSlow: false },
  ],
  takeover: { mode: 'auto', isSingleChannelAllowed: false, isStrict: false },
  startupAlone: 'byData',
  isObserver: false,
  guards: {},
  groups: [groupConfig('site')],
};

export const own = (counter: number): { counter: number; node: string } => ({ counter, node: 'node1' });
export const theirs = (counter: number): { counter: number; node: string } => ({ counter, node: 'node2' });

/** What the disk says of a group that this node served under epoch 1. */
export function served(name = 'site', more: Partial<DurableGroup> = {}): DurableGroup {
  const epoch = own(1);
  return {
    ...newDurableGroup(name, 0),
    holding: 'serving',
    epoch,
    heldEpoch: epoch,
    servedEpoch: epoch,
    copyEpoch: epoch,
    ...more,
  };
}

/** A node that is active under its first epoch, beside a peer that stands by. */
export function activeNode(options: TestNodeOptions = {}): TestNode {
  const node = new TestNode(options).boot();
  node.hearFor(400);
  // The peer's echo of the claim.
  node.hearFor(400);
  assert.equal(node.group().activity.kind, 'active');
  return node;
}
