import type { NodeName } from './identity.ts';

/**
 * What one node of a pair needs to know to decide. Made from the files by
 * `src/config`, and already checked there. All times are in milliseconds.
 */
export interface NodeConfig {
  readonly cluster: string;
  readonly self: NodeName;
  readonly peer: NodeName;
  readonly timing: Timing;
  /** At most 16; a beat names its channel by the index in this list, the same on both nodes. */
  readonly channels: readonly ChannelConfig[];
  readonly takeover: TakeoverConfig;
  /** `byData`: alone after initdead a group without copied data is taken, one with it is not. */
  readonly startupAlone: 'byData' | 'take' | 'hold';
  /** A node started "by hand on the master": beats, and claims nothing until an operator says so. */
  readonly isObserver: boolean;
  readonly guards: GuardsConfig;
  readonly groups: readonly GroupConfig[];
}

/** A third machine that keeps a lease of each group: who has it may serve when the two do not hear each other. */
export interface WitnessGuard {
  readonly leaseMs: number;
  /** How often the lease is renewed. */
  readonly renewMs: number;
  /** How long an answer is waited for. */
  readonly timeoutMs: number;
  /** The longest that the stops of one group take: so long before its lease ends an owner begins them. */
  readonly stopMs: number;
}

/** What is there beside the two machines to tell a dead peer from a cut cable; each may be missing. */
export interface GuardsConfig {
  readonly ping?: PingConfig | undefined;
  readonly witness?: WitnessGuard | undefined;
  readonly fence?: FenceConfig | undefined;
  readonly watchdog?: WatchdogConfig | undefined;
}

/** A device of the kernel that resets the machine when it is not petted in time. */
export interface WatchdogConfig {
  readonly device: string;
  readonly timeoutMs: number;
}

export interface PingConfig {
  /** IP addresses in the service LAN, link-local ones with their device: `fe80::1%eth0`. */
  readonly targets: readonly string[];
  /** Time between two questions to one target. */
  readonly intervalMs: number;
  /** How long an answer may take. */
  readonly timeoutMs: number;
}

export interface Timing {
  readonly keepaliveMs: number;
  readonly warnMs: number;
  readonly deadMs: number;
  readonly initdeadMs: number;
  /** Lifetime of a floating address in the kernel; the runner rounds it up to whole seconds. */
  readonly leaseMs: number;
  /** How often a lease is renewed. */
  readonly renewMs: number;
}

export interface ChannelConfig {
  readonly name: string;
  /** Channels of one medium fail together and count once as evidence. */
  readonly medium: string;
  readonly type: 'udp' | 'multicast' | 'broadcast' | 'serial';
  /** Time between two beats on this channel: keepalive, or more where the line is too slow for it. */
  readonly beatMs: number;
  /** Without a beat for so long the channel is down. */
  readonly deadMs: number;
  /** Beats go in the short form: one group a beat, in turn. */
  readonly isSlow: boolean;
}

export interface TakeoverConfig {
  /** `manual`: silence alone (E6, E7) never moves a group. */
  readonly mode: 'auto' | 'manual';
  /** Accept E7: take over although only one medium fell silent. */
  readonly isSingleChannelAllowed: boolean;
  /** Wait the peer's address lease out in every case. */
  readonly isStrict: boolean;
}

/** What the core needs to know of the fence; the devices are the runner's to know. */
export interface FenceConfig {
  /** A node waits so long before it fences one that is nearer to being the owner: of two, only that one fires. */
  readonly delayMs: number;
  /** All levels of one attempt together take no longer. */
  readonly attemptMsMax: number;
  /** Time between two tests of the devices; 0 for none. */
  readonly testMs: number;
  readonly testMsMax: number;
  /** A peer that was never heard since the start is fenced too, where the group's data allows to start alone then. */
  readonly isAtStartup: boolean;
}

export type DataClass = 'none' | 'shared' | 'copied';

export interface GroupConfig {
  readonly name: string;
  readonly preferred: NodeName;
  readonly dataClass: DataClass;
  readonly maxLagMs: number;
  /** In the order of the line: started left to right, stopped right to left. */
  readonly resources: readonly ResourceConfig[];
  /** Eight hex digits over everything above; nodes that differ refuse planned moves. */
  readonly digest: string;
  readonly restarts: { readonly countMax: number; readonly windowMs: number };
  /** Without a head for max(lease, deadtime) the runner stops the group. */
  readonly hasDeadMan: boolean;
  /** The group goes back to the preferred node when that could have had it for so long; undefined: never by itself. */
  readonly failbackAfterMs?: number | undefined;
}

export interface ResourceConfig {
  /** The words of the line, `zeo::instance0`: unique in its group. */
  readonly name: string;
  readonly kind: 'address' | 'script';
  /** `standby`: belongs to the node that does not own the group (a syncer); stopped before the first start. */
  readonly side: 'owner' | 'standby';
  readonly startTimeoutMs: number;
  readonly stopTimeoutMs: number;
  readonly statusTimeoutMs: number;
  /** Bound of the last sync between stop and start of a planned move. */
  readonly syncTimeoutMs: number;
  /** Time between two checks of a running resource; 0 for none. */
  readonly monitorMs: number;
  /** Device that carries an address, `eth0`; undefined when the route decides, or for a script. */
  readonly device: string | undefined;
}
