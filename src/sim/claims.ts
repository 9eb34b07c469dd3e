import type { Entry } from '../core/entry.ts';
import { compareEpochs } from '../core/identity.ts';
import type { JobSpec } from '../core/job.ts';
import { pingView } from '../core/pings.ts';
import { silentMs } from '../core/slowLine.ts';
import type { Machine } from './machine.ts';
import type { Truth } from './truth.ts';
import type { World } from './world.ts';

interface Claim {
  readonly evidence: string;
  readonly epochCounter: number;
  isActivated: boolean;
}

/** Evidence that is silence, and nothing else. */
const silent: ReadonlySet<string> = new Set(['E3', 'E4', 'E6', 'E7', 'own', 'alone']);
/** Evidence that the other one gave: both cannot have it. */
const agreed: ReadonlySet<string> = new Set(['agreed', 'E1']);
/** An address that was silent is believed to be free for a second, and put up within another. */
const askedMs = 2_500;
/** The loop pets each half second, and as it beats: what it petted soon after its last beat may be that turn. */
const petMs = 1_000;

/**
 * Judges each claim, and the first start under it, by what really runs at the peer and by what this daemon could
 * have known of it. Two owners are excused only by silence that really was one: no packet that left the peer
 * within deadtime (less warntime, which an echo may lag) has come to this daemon.
 */
export class Claims {
  readonly #world: World;
  readonly #truth: Truth;
  readonly #claims = new Map<string, Claim>();

  constructor(world: World, truth: Truth) {
    this.#world = world;
    this.#truth = truth;
  }

  claimed(machine: Machine, group: string, entry: Entry): void {
    const evidence = entry.evidence ?? '';
    const epochCounter = Number(entry.facts?.['epoch'] ?? 0);
    this.#claims.set(`${machine.name}/${group}`, { evidence, epochCounter, isActivated: false });
    this.#checkCopy(machine, group, evidence);
    if (evidence === 'E6') this.#checkMedia(machine, group);
    const peer = this.#world.peerOf(machine);
    const held = peer.held(group).honest;
    // With `startup.alone: take` a machine that was switched off and on takes what it finds, unless it fences first.
    const { startupAlone, fence } = this.#world.options;
    const isTrue = !this.#world.plugs.hasLied && (startupAlone !== 'take' || fence?.isAtStartup === true);
    if (held.length > 0 && evidence === 'E2' && isTrue) {
      this.#world.fail('I1b', `${machine.name} claims ${group} by E2 while ${peer.name} runs ${held.join(', ')}`);
    }
    if (held.length === 0 || !silent.has(evidence)) return;
    const quietMs = this.#quietMs(machine);
    const { deadMs, warnMs } = this.#world.options;
    if (quietMs < deadMs - warnMs - 1) {
      this.#world.fail(
        'I1a',
        `${machine.name} claims ${group} by ${evidence}, although ${peer.name} runs ${held.join(', ')} and a packet that it sent ${Math.round(quietMs)} ms ago has come`,
      );
    }
    this.#world.coverage.count('seen split claim');
  }

  /** The first start under a claim. */
  starting(machine: Machine, { group, resource }: JobSpec): void {
    const claim = this.#claims.get(`${machine.name}/${group}`);
    if (claim === undefined || claim.isActivated) return;
    claim.isActivated = true;
    const peer = this.#world.peerOf(machine);
    const held = peer.held(group).honest;
    if (held.length === 0) return;
    const theirs = this.#claims.get(`${peer.name}/${group}`);
    if (agreed.has(claim.evidence) && theirs !== undefined && agreed.has(theirs.evidence)) {
      this.#world.fail(
        'I1a',
        `${machine.name} starts ${resource} of ${group} by ${claim.evidence} while ${peer.name} runs ${held.join(', ')} by ${theirs.evidence}`,
      );
    }
    if (claim.evidence === 'E3') this.#checkSelfFence(machine, peer, group, held);
    const shown = machine.head?.knows.shown(group);
    const sinceMs = this.#truth.heldSinceMs(peer, group) ?? Number.POSITIVE_INFINITY;
    if (shown === undefined) return;
    const { nowMs, options } = this.#world;
    const isFresh = nowMs - shown.echoedSentAtMs < options.deadMs;
    const isNews = isFresh && shown.sentAtMs >= sinceMs && nowMs - shown.sentAtMs < options.deadMs - options.warnMs - 1;
    if (isNews) {
      this.#world.fail(
        'I1a',
        `${machine.name} starts ${resource} of ${group} (claimed by ${claim.evidence}), although ${peer.name} runs ${held.join(', ')} and said so (${shown.beat.role}) ${Math.round(nowMs - shown.sentAtMs)} ms ago`,
      );
    }
    // Whoever is told that the machine was switched off cannot know better.
    if (claim.evidence === 'E2' && this.#world.plugs.hasLied) return;
    if (shown.beat.role === 'failed' && !shown.beat.isVerifiedStopped && shown.sentAtMs >= peer.bootedAtMs) {
      this.#world.fail(
        'I8',
        `${machine.name} starts ${resource} of ${group}, of which ${peer.name} could not stop ${held.join(', ')}`,
      );
    }
  }

  /** I1b: whoever holds the address in this LAN would have answered. */
  addressCameUp(machine: Machine, group: string): void {
    const peer = this.#world.peerOf(machine);
    const sinceMs = this.#truth.addressSinceMs(peer, group);
    if (!machine.kernel.holds(`${group}/address`) || sinceMs === undefined) return;
    const { nowMs } = this.#world;
    if (nowMs - sinceMs < askedMs || nowMs - this.#world.lan.changedAtMs < askedMs) return;
    if (!this.#world.lan.has(machine) || !this.#world.lan.has(peer)) return;
    this.#world.fail(
      'I1b',
      `${machine.name} puts the address of ${group} up, and ${peer.name} has had it for ${Math.round(nowMs - sinceMs)} ms`,
    );
  }

  /** E6 is the silence of at least two media that were alive at the last sign of life. */
  #checkMedia(machine: Machine, group: string): void {
    const { channels } = machine.config;
    // When a channel fell silent is known to a beat.
    const withinMs = (index: number): number => {
      const channel = channels[index];
      return channel === undefined ? 0 : silentMs(channel, machine.config) + channel.beatMs;
    };
    const alive = machine.head?.knows.channelsAliveAtLast(withinMs) ?? [];
    const media = new Set(alive.map((channel) => channels[channel]?.medium));
    if (media.size < 2 && !this.#isAddressEvidence(machine, group)) {
      this.#world.fail(
        'I1a',
        `${machine.name} claims ${group} by E6, and only ${[...media].join(', ') || 'nothing'} was alive before`,
      );
    }
  }

  /** I1b: only a peer that lives and is cut off may still run something; one that hangs has been reset. */
  #checkSelfFence(machine: Machine, peer: Machine, group: string, held: readonly string[]): void {
    const { petAtMs } = peer.watchdog;
    const heardMs = machine.head?.knows.arrivedSentAtMs ?? Number.NEGATIVE_INFINITY;
    // It went on to pet after the last packet that came: it was cut off before it stalled, if it did.
    if (petAtMs !== undefined && petAtMs > heardMs + petMs) return;
    this.#world.fail(
      'I1b',
      `${machine.name} starts ${group} by E3, ${peer.name} runs ${held.join(', ')} and ${petAtMs === undefined ? 'has no watchdog armed' : 'was not petted since it was last heard'}`,
    );
  }

  /** A silent floating address is one more medium, where a ping target answered a moment ago. */
  #isAddressEvidence(machine: Machine, group: string): boolean {
    const state = machine.head?.engine.state;
    const hasAddress = this.#world.options.groups.some(({ name, hasAddress }) => name === group && hasAddress);
    return hasAddress && state !== undefined && pingView(state) === 'up';
  }

  /** I2: what is copied is not started from a copy that is older than what is known to have served. */
  #checkCopy(machine: Machine, group: string, evidence: string): void {
    const config = this.#world.options.groups.find(({ name }) => name === group);
    const known = machine.head?.engine.state.groups.find((one) => one.config.name === group);
    if (config?.dataClass !== 'copied' || known === undefined) return;
    const copy = machine.copyOf(group);
    if (copy.isTorn) this.#world.fail('I2', `${machine.name} claims ${group} with a copy that is half rewritten`);
    const isForced = known.wish?.kind === 'takeover' && known.wish.isForced;
    if (isForced) return;
    const served = machine.head?.knows.shown(group)?.beat.servedEpoch;
    if (served === undefined || !this.#world.hasServed(group, served)) return;
    if (compareEpochs(copy.epoch, served) < 0) {
      this.#world.fail(
        'I2',
        `${machine.name} claims ${group} by ${evidence} with a copy of epoch ${copy.epoch.counter}, and knows that epoch ${served.counter} has served`,
      );
    }
  }

  /** How long ago the newest packet of the peer left that has come to this daemon, read or not: a stall is no silence. */
  #quietMs(machine: Machine): number {
    return this.#world.nowMs - (machine.head?.knows.arrivedSentAtMs ?? Number.NEGATIVE_INFINITY);
  }
}
