import type { NodeName } from '../core/identity.ts';
import type { DataClass, NodeConfig, TakeoverConfig, Timing } from '../core/nodeConfig.ts';
import type { KeyRing } from './authkeys.ts';
import type { SiteGuards } from './guards.ts';
import type { Means } from './means.ts';

/** Everything that the two nodes share: what the three config files say, checked, with all defaults filled in. */
export interface SiteConfig {
  readonly cluster: string;
  readonly nodes: readonly [NodeName, NodeName];
  readonly timing: Timing;
  /** 1 to 16. */
  readonly channels: readonly SiteChannel[];
  readonly takeover: TakeoverConfig;
  readonly startupAlone: NodeConfig['startupAlone'];
  readonly guards: SiteGuards;
  /** In the order of haresources. */
  readonly groups: readonly SiteGroup[];
  /** Undefined where `authkeys` was not read: a daemon must not start so. */
  readonly keys: KeyRing | undefined;
}

export type SiteChannel = UdpSiteChannel | MulticastSiteChannel | BroadcastSiteChannel | SerialSiteChannel;

export interface ChannelPace {
  /** Time between two beats: keepalive, or more where the line is too slow for it. */
  readonly beatMs: number;
  /** Without a beat for so long the channel is down. */
  readonly deadMs: number;
  /** Beats go in the short form. */
  readonly isSlow: boolean;
}

export interface UdpSiteChannel extends ChannelPace {
  readonly type: 'udp';
  readonly name: string;
  readonly medium: string;
  /** One for each node. */
  readonly ends: Readonly<Record<NodeName, UdpEnd>>;
}

export interface UdpEnd {
  /** Numeric, with its scope where it is link-local: `fe80::1%eth0`. */
  readonly address: string;
  readonly port: number;
}

export interface MulticastSiteChannel extends ChannelPace {
  readonly type: 'multicast';
  readonly name: string;
  readonly medium: string;
  /** One for each node. */
  readonly interfaces: Readonly<Record<NodeName, string>>;
  /** Numeric, without a scope. */
  readonly group: string;
  readonly port: number;
  readonly ttl: number;
}

export interface BroadcastSiteChannel extends ChannelPace {
  readonly type: 'broadcast';
  readonly name: string;
  readonly medium: string;
  /** One for each node. */
  readonly interfaces: Readonly<Record<NodeName, string>>;
  readonly port: number;
}

export interface SerialSiteChannel extends ChannelPace {
  readonly type: 'serial';
  readonly name: string;
  readonly medium: string;
  /** One for each node, whole paths. */
  readonly devices: Readonly<Record<NodeName, string>>;
  readonly baud: number;
}

/** One line of haresources, with what `groups:` says about it. */
export interface SiteGroup {
  readonly name: string;
  readonly preferred: NodeName;
  readonly dataClass: DataClass;
  readonly maxLagMs: number;
  readonly restarts: { readonly countMax: number; readonly windowMs: number };
  readonly hasDeadMan: boolean;
  /** Undefined: it stays where it is. */
  readonly failbackAfterMs: number | undefined;
  /** Eight hex digits, see `digest.ts`. */
  readonly digest: string;
  /** In the order of the line: started left to right, stopped right to left. */
  readonly resources: readonly SiteResource[];
}

export interface SiteResource {
  /** The word of the line, unique in its group. */
  readonly name: string;
  readonly means: Means;
  /** `standby`: runs where the group is not active. */
  readonly side: 'owner' | 'standby';
  readonly startTimeoutMs: number;
  readonly stopTimeoutMs: number;
  readonly statusTimeoutMs: number;
  readonly syncTimeoutMs: number;
  /** Time between two checks; 0 for none. */
  readonly monitorMs: number;
}
