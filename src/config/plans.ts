import { assert } from '../core/assert.ts';
import type { NodeName } from '../core/identity.ts';
import type { PingConfig, WatchdogConfig } from '../core/nodeConfig.ts';
import { unreachable } from '../core/unreachable.ts';
import { type FencePlan, fencePlanOf } from './fencePlan.ts';
import type { Means } from './means.ts';
import { surePeerOf } from './nodeConfigOf.ts';
import type { SiteChannel, SiteConfig, UdpEnd } from './siteConfig.ts';

/** What the adapters of one node open, in the order of `NodeConfig.channels`. */
export type ChannelPlan =
  | { readonly type: 'udp'; readonly name: string; readonly local: UdpEnd; readonly remote: UdpEnd }
  | {
      readonly type: 'multicast';
      readonly name: string;
      readonly device: string;
      readonly group: string;
      readonly port: number;
      readonly ttl: number;
    }
  | { readonly type: 'broadcast'; readonly name: string; readonly device: string; readonly port: number }
  | { readonly type: 'serial'; readonly name: string; readonly device: string; readonly baud: number };

/** What the runner of one node may be told to run. */
export interface ResourcePlan {
  readonly self: NodeName;
  readonly peer: NodeName;
  readonly groups: readonly GroupPlan[];
  /** Whom to ask whether the service LAN is there; undefined: nobody. */
  readonly ping?: PingConfig | undefined;
  /** How the peer is fenced from here. */
  readonly fence?: FencePlan | undefined;
  readonly watchdog?: WatchdogConfig | undefined;
}

export interface GroupPlan {
  readonly name: string;
  /** Lifetime of its addresses in the kernel. */
  readonly leaseMs: number;
  /** In the order of the line. */
  readonly resources: readonly PlannedResource[];
}

export interface PlannedResource {
  /** The words of the line, as the head names them. */
  readonly name: string;
  readonly side: 'owner' | 'standby';
  readonly stopTimeoutMs: number;
  readonly statusTimeoutMs: number;
  readonly means: Means;
}

export function channelPlanOf(site: SiteConfig, node: NodeName): readonly ChannelPlan[] {
  const peer = surePeerOf(site, node);
  return site.channels.map((channel) => planOf(channel, node, peer));
}

export function resourcePlanOf(site: SiteConfig, node: NodeName): ResourcePlan {
  const peer = surePeerOf(site, node);
  const groups = site.groups.map(({ name, resources }) => ({
    name,
    leaseMs: site.timing.leaseMs,
    resources: resources.map(({ name: word, side, stopTimeoutMs, statusTimeoutMs, means }) => ({
      name: word,
      side,
      stopTimeoutMs,
      statusTimeoutMs,
      means,
    })),
  }));
  const { ping, fence, watchdog } = site.guards;
  const fencePlan = fence === undefined ? undefined : fencePlanOf(fence, peer);
  return { self: node, peer, groups, ping, watchdog, fence: fencePlan };
}

function planOf(channel: SiteChannel, node: NodeName, peer: NodeName): ChannelPlan {
  const { name } = channel;
  switch (channel.type) {
    case 'udp': {
      const local = channel.ends[node];
      const remote = channel.ends[peer];
      assert(local !== undefined && remote !== undefined, `channel ${name} has an address on both nodes`);
      return { type: 'udp', name, local, remote };
    }
    case 'multicast': {
      const { group, port, ttl, interfaces } = channel;
      return { type: 'multicast', name, device: ofNode(interfaces, node, name), group, port, ttl };
    }
    case 'broadcast':
      return { type: 'broadcast', name, device: ofNode(channel.interfaces, node, name), port: channel.port };
    case 'serial':
      return { type: 'serial', name, device: ofNode(channel.devices, node, name), baud: channel.baud };
    default:
      return unreachable(channel);
  }
}

function ofNode(devices: Readonly<Record<NodeName, string>>, node: NodeName, channel: string): string {
  const device = devices[node];
  assert(device !== undefined, `channel ${channel} has a device on ${node}`);
  return device;
}
