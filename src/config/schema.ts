import * as z from 'zod';
import { defaults } from './defaults.ts';
import { type Endpoint, parseEndpoint } from './endpoint.ts';
import { guardsSchema } from './guards.ts';
import { type MulticastGroup, parseMulticastGroup } from './multicastGroup.ts';
import { duration, nodeName, onOff, port, shortName } from './wording.ts';

/**
 * The shape of `twinbeat.yaml`. Unknown keys are errors: a misspelt `deadtime` must not be ignored.
 *
 * What depends on other keys is checked elsewhere: `timing.ts`, `channels.ts`, `groups.ts`.
 */

/** Names the pair: beats of another cluster are not believed. The same on both nodes. */
const cluster = shortName('the name of a cluster');

/** The two host names (`uname -n`). */
const nodesSchema = z.tuple([nodeName, nodeName], { error: 'a pair has exactly two nodes: nodes: [node1, node2]' });

/** All durations; what is left out follows from the rest, as `defaultTiming` says. */
const timingSchema = z.strictObject({
  /** Time between two beats. @default 200ms; 500ms with copied data */
  keepalive: duration.optional(),
  /** Without a fresh beat for so long the peer is suspect. @default three tenths of deadtime */
  warntime: duration.optional(),
  /** Without a fresh beat for so long the peer is lost. @default 2s; 10s with copied data */
  deadtime: duration.optional(),
  /** How long a node waits at boot for a peer that it has never heard. @default twice deadtime, at least 30s */
  initdead: duration.optional(),
  /** How long the kernel keeps a floating address that is not renewed. @default deadtime − 2s, at least 3s */
  lease: duration.optional(),
  /** Allows keepalive below 50ms and deadtime below 300ms. @default off */
  unsafe: onOff.default(false),
});

const takeoverSchema = z.strictObject({
  /** `manual`: silence alone never moves a group; `hactl confirm-dead` does. @default auto */
  mode: z.enum(['auto', 'manual'], { error: 'takeover.mode is auto or manual' }).default('auto'),
  /** Take over although only one medium fell silent. A cut cable then makes both nodes active. @default off */
  singleChannel: onOff.default(false),
  /** Wait the peer's address lease out in every case. @default off */
  strict: onOff.default(false),
});

const startupSchema = z.strictObject({
  /** What a node does that never hears its peer: by default it takes groups without copied data, and holds others. */
  alone: z.enum(['take', 'hold'], { error: 'startup.alone is take or hold' }).optional(),
});

const endpointHint = 'write the IP address of this node on the channel (in quotes if it begins with a bracket)';
const endpoint = z.string({ error: endpointHint }).transform((text, context) => {
  const parsed = parseEndpoint(text);
  if (typeof parsed !== 'string') return parsed;
  context.addIssue(parsed);
  return z.NEVER;
});

const deviceHint = 'write the whole path of the device, for example /dev/ttyS0';
const devicePath = z.string({ error: deviceHint }).regex(/^\/[\x21-\x7e]{1,254}$/, deviceHint);

/** What UARTs and USB adapters offer. 19200 was Heartbeat's default; its beats are slow, see `channels.ts`. */
const bauds = [2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 921_600] as const;
const baud = z.literal(bauds, { error: `baud is one of ${bauds.join(', ')}` });

const interfaceHint = 'write the name of the interface as ip link shows it, for example eth0';
const interfaceName = z
  .string({ error: interfaceHint })
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/, interfaceHint)
  .refine((name) => name !== 'lo', 'lo leads to no other machine');

const groupHint =
  'write the group as an address in quotes: 239.0.0.0 to 239.255.255.255 are for everybody, "ff02::694" is one of IPv6';
const multicastGroup = z.string({ error: groupHint }).transform((text, context) => {
  const parsed = parseMulticastGroup(text);
  if (typeof parsed !== 'string') return parsed;
  context.addIssue(parsed);
  return z.NEVER;
});

const ttlHint = 'ttl is a whole number from 1 (this LAN only) to 255';
const ttl = z.int({ error: ttlHint }).min(1, ttlHint).max(255, ttlHint);

const mtuHint = 'mtu is a whole number of bytes from 576 to 65535, the least on the way to the peer';
const mtu = z.int({ error: mtuHint }).min(576, mtuHint).max(65_535, mtuHint);

/** One value for both nodes, or one for each. */
export type ForNodes = string | Readonly<Record<string, string>>;

export interface ChannelEntry {
  readonly udp?: { readonly port: number; readonly ends: Readonly<Record<string, Endpoint>> } | undefined;
  readonly multicast?:
    | { readonly interface: ForNodes; readonly group: MulticastGroup; readonly port: number; readonly ttl: number }
    | undefined;
  readonly broadcast?: { readonly interface: ForNodes; readonly port: number } | undefined;
  readonly serial?: { readonly device: ForNodes; readonly baud: number } | undefined;
  readonly name?: string | undefined;
  readonly medium?: string | undefined;
  readonly mtu?: number | undefined;
}

/**
 * One entry of `channels`. Below `udp` stand the names of the nodes, and below `interface` and `device` where it
 * does not have `isOneForBoth`.
 */
export function channelSchema(nodes: readonly string[], isOneForBoth: boolean): z.ZodType<ChannelEntry> {
  const eachNode = <T extends z.ZodType>(schema: T): Record<string, T> =>
    Object.fromEntries(nodes.map((node) => [node, schema]));
  return z.strictObject({
    /** The address of each node. Port 694 unless said otherwise: for both by `port`, for one by `address:port`. */
    udp: z
      .strictObject({ ...eachNode(endpoint), port: port.default(defaults.udpPort) })
      .transform((written) => ({
        port: Number(written.port),
        ends: Object.fromEntries(
          Object.entries(written).flatMap(([key, end]) => (typeof end === 'object' ? [[key, end] as const] : [])),
        ),
      }))
      .optional(),
    /** To those who take part in the group, on one interface. For LANs whose machines change their addresses. */
    multicast: z
      .strictObject({
        /** The same name on both nodes, or one for each. */
        interface: isOneForBoth ? interfaceName : z.strictObject(eachNode(interfaceName)),
        /** An IPv4 or IPv6 multicast address, the same on both nodes. */
        group: multicastGroup,
        /** @default 694 */
        port: port.default(defaults.udpPort),
        /** Routers on the way, and one more. @default 1 */
        ttl: ttl.default(defaults.ttl),
      })
      .optional(),
    /** To everybody on the LAN of one interface, by IPv4. */
    broadcast: z
      .strictObject({
        /** The same name on both nodes, or one for each. */
        interface: isOneForBoth ? interfaceName : z.strictObject(eachNode(interfaceName)),
        /** @default 694 */
        port: port.default(defaults.udpPort),
        group: z
          .never('IPv6 has no broadcast, and IPv4 needs no group for it: use multicast, which has both')
          .optional(),
      })
      .optional(),
    serial: z
      .strictObject({
        /** The same path on both nodes, or one for each. */
        device: isOneForBoth ? devicePath : z.strictObject(eachNode(devicePath)),
        /** @default 115200 */
        baud: baud.default(defaults.baud),
      })
      .optional(),
    /** @default the type and a number, `udp0` */
    name: shortName('the name of a channel').optional(),
    /** Channels that fail together share it. @default the channel's name */
    medium: shortName('the name of a medium').optional(),
    /** The least MTU on the way to the peer, where it is less than an ethernet's: a tunnel. @default 1500 */
    mtu: mtu.optional(),
  });
}

const restartsHint = 'restarts is a whole number from 0 to 100';

/** What `groups: NAME:` may say about the group that a line of haresources names. */
export const groupSchema = z.strictObject({
  /** Whose the service's data is. `copied`: each node has its own copy. @default copied with a syncer, else none */
  data: z.enum(['none', 'shared', 'copied'], { error: 'data is none, shared or copied' }).optional(),
  /** A copy whose last sync began longer before the owner was last heard is not taken over by itself. @default 15m */
  maxLag: duration.default(defaults.maxLagMs),
  /** Stop the group when its daemon is away for longer than max(lease, deadtime). @default on */
  deadMan: onOff.default(defaults.hasDeadMan),
  /** `auto`: back to the node that haresources names, when that could have had it for settle. @default manual */
  failback: z.enum(['auto', 'manual'], { error: 'failback is auto or manual' }).default('manual'),
  /** How long the preferred node must have been ready before the group goes back by itself. @default 5m */
  settle: duration.default(defaults.settleMs),
  /** Restarts of the group on its node before it is offered to the peer. @default 3 */
  restarts: z.int({ error: restartsHint }).min(0, restartsHint).max(100, restartsHint).default(defaults.restartsMax),
  /** Restarts are counted in so long a time. @default 10m */
  restartWindow: duration.default(defaults.restartWindowMs),
  /** By the words of the line, or by the script's name where the line has it once. */
  resources: z
    .record(
      z.string(),
      z.strictObject({
        /** @default 60s */
        start: duration.default(defaults.startMs),
        /** @default 60s */
        stop: duration.default(defaults.stopMs),
        /** @default 10s */
        status: duration.default(defaults.statusMs),
        /** The last sync of a planned move. @default 60s */
        sync: duration.default(defaults.syncMs),
        /** Time between two checks of what runs; 0s for none. @default 10s; 1s for an address */
        monitor: duration.optional(),
        /** `standby`: runs where the group is not active. @default standby for syncer, else owner */
        side: z.enum(['owner', 'standby'], { error: 'side is owner or standby' }).optional(),
      }),
      { error: 'resources is a map: the words of the line, and below them start, stop, status …' },
    )
    .default({}),
});

export type GroupEntry = z.output<typeof groupSchema>;
export type ResourceEntry = GroupEntry['resources'][string];

/** The keys of the file, each with its shape where that depends on nothing else. */
export const topSchemas = {
  cluster,
  nodes: nodesSchema,
  channels: z.array(z.unknown(), { error: 'channels is a list: one "- udp: …", "- serial: …" … for each' }),
  timing: timingSchema.prefault({}),
  takeover: takeoverSchema.prefault({}),
  startup: startupSchema.prefault({}),
  guards: guardsSchema.prefault({}),
  groups: z
    .record(z.string(), z.unknown(), { error: 'groups is a map: a name, and below it data, resources …' })
    .default({}),
} as const;
