import { assert } from '../core/assert.ts';
import type { NodeName } from '../core/identity.ts';
import type { FenceConfig, GroupConfig, NodeConfig, ResourceConfig, WitnessGuard } from '../core/nodeConfig.ts';
import { fencePlanOf, fenceTimes } from './fencePlan.ts';
import type { SiteConfig, SiteGroup, SiteResource } from './siteConfig.ts';
import type { SiteFence } from './siteFence.ts';
import type { SiteWitness } from './witnessGuard.ts';

/** The other node, or undefined when `node` is not one of the two: the name given by `--node` or the host may be wrong. */
export function peerOf(site: SiteConfig, node: NodeName): NodeName | undefined {
  const [one, other] = site.nodes;
  if (node === one) return other;
  return node === other ? one : undefined;
}

/** The node that a machine of this host name is: the whole name where the config has it, else what is before its dot. */
export function nodeOfHost({ nodes }: Pick<SiteConfig, 'nodes'>, hostName: string): NodeName {
  return nodes.includes(hostName) ? hostName : (hostName.split('.')[0] ?? hostName);
}

/** What the core of one node needs. `node` is one of the two: ask `peerOf` first. */
export function nodeConfigOf(site: SiteConfig, node: NodeName, options: { readonly isObserver: boolean }): NodeConfig {
  return {
    cluster: site.cluster,
    self: node,
    peer: surePeerOf(site, node),
    timing: site.timing,
    channels: site.channels.map(({ name, medium, type, beatMs, deadMs, isSlow }) => ({
      name,
      medium,
      type,
      beatMs,
      deadMs,
      isSlow,
    })),
    takeover: site.takeover,
    startupAlone: site.startupAlone,
    guards: {
      ping: site.guards.ping,
      watchdog: site.guards.watchdog,
      witness: witnessView(site.guards.witness),
      fence: fenceView(site.guards.fence, surePeerOf(site, node)),
    },
    isObserver: options.isObserver,
    groups: site.groups.map(groupView),
  };
}

/** @throws {Error} for a node that is not of the pair. */
export function surePeerOf(site: SiteConfig, node: NodeName): NodeName {
  const peer = peerOf(site, node);
  assert(peer !== undefined, `${node} is one of ${site.nodes.join(' and ')}`);
  return peer;
}

/** Where it is concerns the socket only. */
function witnessView(witness: SiteWitness | undefined): WitnessGuard | undefined {
  if (witness === undefined) return undefined;
  const { leaseMs, renewMs, timeoutMs, stopMs } = witness;
  return { leaseMs, renewMs, timeoutMs, stopMs };
}

/** The core decides when; what is done is the runner's. */
function fenceView(fence: SiteFence | undefined, peer: NodeName): FenceConfig | undefined {
  if (fence === undefined) return undefined;
  const { delayMs, testMs, isAtStartup } = fence;
  return { delayMs, testMs, isAtStartup, ...fenceTimes(fencePlanOf(fence, peer)) };
}

function groupView(group: SiteGroup): GroupConfig {
  return {
    name: group.name,
    preferred: group.preferred,
    dataClass: group.dataClass,
    maxLagMs: group.maxLagMs,
    resources: group.resources.map(resourceView),
    digest: group.digest,
    restarts: group.restarts,
    hasDeadMan: group.hasDeadMan,
    failbackAfterMs: group.failbackAfterMs,
  };
}

/** To the core everything that is not an address is a script. */
function resourceView({ means, ...resource }: SiteResource): ResourceConfig {
  return {
    ...resource,
    kind: means.kind === 'address' ? 'address' : 'script',
    device: means.kind === 'address' ? means.device : undefined,
  };
}
