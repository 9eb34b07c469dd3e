import type {
  ChannelConfig,
  FenceConfig,
  GroupConfig,
  GuardsConfig,
  NodeConfig,
  PingConfig,
  ResourceConfig,
  TakeoverConfig,
  Timing,
  WatchdogConfig,
  WitnessGuard,
} from '../../core/nodeConfig.ts';
import { type Check, flag, list, number, object, oneOf, optional, text, wholeFrom } from '../shapes.ts';

/** A day: longer than any time of a config. A time of zero would make a clock that never goes on. */
const dayMs = 86_400_000;
const time = wholeFrom(1, dayMs);
const timeOrNone = wholeFrom(0, dayMs);

const channel = object<ChannelConfig>({
  name: text,
  medium: text,
  type: oneOf(['udp', 'multicast', 'broadcast', 'serial']),
  beatMs: time,
  deadMs: time,
  isSlow: flag,
});

const resource = object<ResourceConfig>({
  name: text,
  kind: oneOf(['address', 'script']),
  side: oneOf(['owner', 'standby']),
  startTimeoutMs: time,
  stopTimeoutMs: time,
  statusTimeoutMs: time,
  syncTimeoutMs: time,
  monitorMs: timeOrNone,
  device: optional(text),
});

export const groupConfigShape: Check = object<GroupConfig>({
  name: text,
  preferred: text,
  dataClass: oneOf(['none', 'shared', 'copied']),
  maxLagMs: number,
  resources: list(resource),
  digest: text,
  restarts: object<GroupConfig['restarts']>({ countMax: wholeFrom(0, 1_000_000), windowMs: number }),
  hasDeadMan: flag,
  failbackAfterMs: optional(number),
});

const channels = list(channel);

/** What one node decides by: the shape of `NodeConfig`. */
export const nodeConfigShape: Check = object<NodeConfig>({
  cluster: text,
  self: text,
  peer: text,
  timing: object<Timing>({
    keepaliveMs: time,
    warnMs: time,
    deadMs: time,
    initdeadMs: time,
    leaseMs: time,
    renewMs: time,
  }),
  // A beat has 16 bits for them.
  channels: (value, path) =>
    Array.isArray(value) && value.length > 16 ? `${path} has more than 16 channels` : channels(value, path),
  takeover: object<TakeoverConfig>({
    mode: oneOf(['auto', 'manual']),
    isSingleChannelAllowed: flag,
    isStrict: flag,
  }),
  startupAlone: oneOf(['byData', 'take', 'hold']),
  isObserver: flag,
  guards: object<GuardsConfig>({
    ping: optional(object<PingConfig>({ targets: list(text), intervalMs: time, timeoutMs: time })),
    watchdog: optional(object<WatchdogConfig>({ device: text, timeoutMs: time })),
    witness: optional(object<WitnessGuard>({ leaseMs: time, renewMs: time, timeoutMs: time, stopMs: timeOrNone })),
    fence: optional(
      object<FenceConfig>({
        delayMs: time,
        attemptMsMax: time,
        testMs: time,
        testMsMax: time,
        isAtStartup: flag,
      }),
    ),
  }),
  groups: list(groupConfigShape),
});
