import { datagramBytes } from './pace.ts';
import type { ChannelPlan } from './plans.ts';

/** How the packets of a channel leave this machine, as far as it is known. */
export interface ChannelPath {
  /** The device that the channel's own address or interface is; undefined for a serial line, or when it is not there. */
  readonly device: string | undefined;
  /** The device of the route to the peer; undefined where none was asked for or found. */
  readonly route: { readonly device: string; readonly isLocal: boolean } | undefined;
  /** Of the device. */
  readonly mtu: number | undefined;
}

export interface PathConcern {
  readonly id: 'channel-route' | 'channel-mtu';
  readonly sentence: string;
  readonly next: string;
}

/** The address at the far end that a route is asked for; undefined where the device is fixed. */
export function routeQuestionOf(
  plan: ChannelPlan,
): { readonly family: 4 | 6; readonly to: string; readonly from: string } | undefined {
  if (plan.type !== 'udp' || plan.local.address.includes('%')) return undefined;
  return { family: familyOf(plan), to: plan.remote.address, from: plan.local.address };
}

/**
 * What is doubtful about the ways of a node's channels. `media` and `paths` are in the order of `plans`.
 *
 * A pair counts media, not channels: two channels that leave by one device and claim to be two media would let one
 * pulled plug look like a dead peer.
 */
export function pathConcerns(
  plans: readonly ChannelPlan[],
  media: readonly string[],
  paths: readonly ChannelPath[],
  groupCount: number,
): readonly PathConcern[] {
  return plans.flatMap((plan, index) => {
    const path = paths[index];
    if (path === undefined) return [];
    const shared = plans.findIndex(
      (_, other) => other < index && media[other] !== media[index] && isOneDevice(paths[other], path),
    );
    return [
      ...routeConcerns(plan, path),
      ...(shared === -1 ? [] : [sharedConcern(plan.name, plans[shared]?.name ?? '', path)]),
      ...mtuConcerns(plan, path, groupCount),
    ];
  });
}

const loopback = 'lo';

function routeConcerns(plan: ChannelPlan, { device, route }: ChannelPath): readonly PathConcern[] {
  if (plan.type !== 'udp' || route === undefined || device === undefined) return [];
  const { local, remote, name } = plan;
  if (route.isLocal && device !== loopback) {
    const sentence = `${name}: ${remote.address} is to be the peer's, and it is an address of this machine`;
    return [{ id: 'channel-route', sentence, next: 'correct the channel, or take the address off this machine' }];
  }
  if (route.device === device || route.isLocal) return [];
  const sentence = `${name}: ${local.address} is on ${device}, and packets to ${remote.address} leave by ${route.device}`;
  const next = `give both ends addresses of one network on ${device}, or add a route to ${remote.address} by it`;
  return [{ id: 'channel-route', sentence, next }];
}

function isOneDevice(a: ChannelPath | undefined, b: ChannelPath): boolean {
  const one = a === undefined ? undefined : leavesBy(a);
  return one !== undefined && one !== loopback && one === leavesBy(b);
}

function leavesBy({ device, route }: ChannelPath): string | undefined {
  return route?.device ?? device;
}

function sharedConcern(name: string, other: string, path: ChannelPath): PathConcern {
  const sentence = `${name} and ${other} both leave by ${leavesBy(path) ?? ''}, and count as two media: they fail together`;
  return { id: 'channel-route', sentence, next: 'write the same medium: beside both, or use another device for one' };
}

function mtuConcerns(plan: ChannelPlan, { device, mtu }: ChannelPath, groupCount: number): readonly PathConcern[] {
  if (plan.type === 'serial' || mtu === undefined || device === undefined) return [];
  const bytes = datagramBytes(groupCount, familyOf(plan));
  if (bytes <= mtu) return [];
  const sentence = `${plan.name}: a beat is a packet of ${bytes} bytes, and the MTU of ${device} is ${mtu}: ${plan.type === 'udp' ? 'it goes in pieces' : 'it is not sent'}`;
  return [{ id: 'channel-mtu', sentence, next: `ip link set ${device} mtu 1500, or fewer groups` }];
}

function familyOf(plan: Exclude<ChannelPlan, { readonly type: 'serial' }>): 4 | 6 {
  const address = plan.type === 'udp' ? plan.local.address : plan.type === 'multicast' ? plan.group : '';
  return address.includes(':') ? 6 : 4;
}
