import * as z from 'zod';
import type { NodeName } from '../core/identity.ts';
import type { PingConfig, WatchdogConfig } from '../core/nodeConfig.ts';
import { defaults } from './defaults.ts';
import { parseEndpoint } from './endpoint.ts';
import { readFence } from './fence.ts';
import { fenceSchema } from './fenceSchema.ts';
import { type Problem, problemAt } from './problem.ts';
import type { Yaml } from './readPart.ts';
import type { SiteGroup } from './siteConfig.ts';
import type { SiteFence } from './siteFence.ts';
import { watchdogDevice } from './watchdogGuard.ts';
import type { SiteWitness } from './witnessGuard.ts';
import { duration, port, showDuration } from './wording.ts';

const targetHint = 'write the IP address of a machine of the service LAN that is always on, for example its router';
const target = z.string({ error: targetHint }).transform((text, context) => {
  const parsed = parseEndpoint(text);
  if (typeof parsed === 'string' || parsed.port === undefined)
    return typeof parsed === 'string' ? refuse(context, parsed) : parsed.address;
  return refuse(context, `a ping target has no port: write ${parsed.address}`);
});

const targetsHint = 'targets is a list of one to eight IP addresses: targets: [192.168.1.1]';
/** More say no more about one LAN, and each costs a packet an interval. */
const targetsMax = 8;

const witnessHint = 'write the IP address of the machine that runs twinbeatd --witness';

/** What `guards:` may hold: each key is a guard, and each may be left out. */
export const guardsSchema = z.strictObject({
  /** Machines of the service LAN that are asked whether this node still reaches it: a cut that keeps the carrier. */
  ping: z
    .strictObject({
      /** IPv4 or IPv6 addresses, no names: of routers and switches rather than of servers. */
      targets: z.array(target, { error: targetsHint }).min(1, targetsHint).max(targetsMax, targetsHint),
      /** Time between two questions to one target. Three in a row without an answer, and it counts as gone. @default 1s */
      interval: duration.default(1000),
      /** How long an answer may take; not longer than interval. @default half of interval */
      timeout: duration.optional(),
    })
    .optional(),
  /** A third machine that keeps a lease of each group: who has it may serve when the two do not hear each other. */
  witness: z
    .strictObject({
      /** The IP address of the machine that runs `twinbeatd --witness`. */
      address: z.string({ error: witnessHint }).transform((text, context) => {
        const parsed = parseEndpoint(text);
        if (typeof parsed !== 'string' && parsed.port === undefined) return parsed.address;
        return refuse(context, typeof parsed === 'string' ? parsed : 'the port stands beside the address: port: 695');
      }),
      /** @default 695 */
      port: port.default(defaults.witnessPort),
      /** An owner that reaches nobody has stopped within it; who takes over waits it out. @default 15s, or as much as the stops need */
      lease: duration.optional(),
    })
    .optional(),
  /** Switches the peer off before what it may still run is started here. */
  fence: fenceSchema.optional(),
  /** A device that resets the machine when its daemon hangs, dies and is not back, or loses its runner. */
  watchdog: z
    .strictObject({
      /** The same on both nodes. @default /dev/watchdog */
      device: watchdogDevice.default('/dev/watchdog'),
      /** Whole seconds without a turn of the decision loop. A silent peer is taken over after twice as much. @default 10s */
      timeout: duration.default(10_000),
    })
    .optional(),
});

export type GuardsEntry = z.output<typeof guardsSchema>;

/** The guards of a site, as the files say. */
export interface SiteGuards {
  readonly ping?: PingConfig | undefined;
  readonly witness?: SiteWitness | undefined;
  readonly fence?: SiteFence | undefined;
  readonly watchdog?: WatchdogConfig | undefined;
}

/** Two machines that ask eight targets more often are a nuisance. */
const intervalMsMin = 100;
/** A packet there and back through a busy switch. */
const timeoutMsMin = 20;
const intervalMsMax = 60_000;

/** With all defaults; what is impossible is noted in `yaml`. `hosts`: addresses that belong to a node, each with whose it is. */
export function readGuards(
  yaml: Yaml,
  entry: GuardsEntry,
  nodes: readonly [NodeName, NodeName] | undefined,
  groups: readonly SiteGroup[],
  hosts: ReadonlyMap<string, string>,
): SiteGuards {
  const fence = readFence(yaml, entry.fence, nodes);
  return {
    ...readPing(yaml, entry, groups, hosts),
    ...readWatchdog(entry),
    ...(fence === undefined ? {} : { fence }),
  };
}

function readWatchdog({ watchdog }: GuardsEntry): SiteGuards {
  if (watchdog === undefined) return {};
  return { watchdog: { device: watchdog.device, timeoutMs: watchdog.timeout } };
}

function readPing(
  yaml: Yaml,
  { ping }: GuardsEntry,
  groups: readonly SiteGroup[],
  hosts: ReadonlyMap<string, string>,
): SiteGuards {
  if (ping === undefined) return {};
  const { targets, interval: intervalMs, timeout } = ping;
  const config = { targets, intervalMs, timeoutMs: timeout ?? Math.floor(intervalMs / 2) };
  yaml.problems.push(...pingProblems(yaml, config), ...targetProblems(yaml, targets, groups, hosts));
  return { ping: config };
}

function pingProblems(yaml: Yaml, { intervalMs, timeoutMs }: PingConfig): readonly Problem[] {
  const interval = showDuration(intervalMs);
  const rows = [
    {
      when: intervalMs < intervalMsMin || intervalMs > intervalMsMax,
      key: 'interval',
      message: `interval ${interval} is not between ${intervalMsMin}ms and ${showDuration(intervalMsMax)}`,
      next: 'interval: 1s',
    },
    {
      when: timeoutMs > intervalMs,
      key: 'timeout',
      message: `timeout ${showDuration(timeoutMs)} is longer than interval (${interval})`,
      next: 'leave timeout out: it is half of interval',
    },
    {
      when: timeoutMs < timeoutMsMin,
      key: 'timeout',
      message: `timeout ${showDuration(timeoutMs)} is shorter than ${timeoutMsMin}ms`,
      next: 'leave timeout out: it is half of interval',
    },
  ];
  return rows
    .filter(({ when }) => when)
    .map(({ key, message, next }) => problemAt(yaml.file, yaml.places.ofValue(['guards', 'ping', key]), message, next));
}

/** An address that moves, or that is one of the two nodes, says nothing about the LAN. */
function targetProblems(
  yaml: Yaml,
  targets: readonly string[],
  groups: readonly SiteGroup[],
  hosts: ReadonlyMap<string, string>,
): readonly Problem[] {
  return targets.flatMap((address, index) => {
    const owner = groups.find(({ resources }) =>
      resources.some(({ means }) => means.kind === 'address' && means.address === address),
    );
    const node = hosts.get(address);
    const what =
      owner !== undefined
        ? `${address} is a floating address of group ${owner.name}: the node that has it would always be answered`
        : node !== undefined
          ? `${address} is ${node}: a node that is off would look like a LAN that is cut`
          : targets.indexOf(address) !== index
            ? `${address} is there twice: keep one`
            : undefined;
    if (what === undefined) return [];
    const place = yaml.places.ofValue(['guards', 'ping', 'targets', index]);
    return [problemAt(yaml.file, place, what, 'name a third machine of the service LAN, for example its router')];
  });
}

function refuse(context: z.RefinementCtx, message: string): never {
  context.addIssue(message);
  return z.NEVER;
}
