const secondMs = 1000;
const minuteMs = 60 * secondMs;

/** What a group and its resources do where the config says nothing. All times in milliseconds. */
export const defaults = {
  /** An hour has four syncs of a site that syncs each quarter. */
  maxLagMs: 15 * minuteMs,
  hasDeadMan: true,
  /** Long enough to see whether a machine that came back stays. */
  settleMs: 5 * minuteMs,
  restartsMax: 3,
  restartWindowMs: 10 * minuteMs,
  /** Long enough for a database that replays its journal; a script that hangs for ever is what it is for. */
  startMs: minuteMs,
  stopMs: minuteMs,
  statusMs: 10 * secondMs,
  syncMs: minuteMs,
  monitorMs: 10 * secondMs,
  /** Asking the kernel costs nothing. */
  addressMonitorMs: secondMs,
  /** What pulls the plug of a server, and looks whether it is out, needs seconds; some need many. */
  fenceMs: minuteMs,
  /** Of two that lose sight of each other at one moment the owner needs that long, at the most, to be faster. */
  fenceDelayMs: 5 * secondMs,
  fenceTestMs: 10 * minuteMs,
  udpPort: 694,
  /** Beside that of the beats. */
  witnessPort: 695,
  /** No router forwards it. */
  ttl: 1,
  /** Of an ethernet. */
  mtu: 1500,
  baud: 115_200,
} as const;
