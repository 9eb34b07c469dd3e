import { guardsSchema } from './guards.ts';
import type { SiteConfig } from './siteConfig.ts';
import { mediaOf } from './warnings.ts';

/**
 * One kind of configuration, and what it promises about two active nodes (invariant I1b).
 * `hactl check` prints the row of its files, docs/manual/promises.md all of them: this list is the one source.
 */
export interface PromiseRow {
  readonly id: string;
  /** For the manual, in Markdown. */
  readonly configuration: string;
  /** Guards that it needs; a guard that this version does not know hides the row. */
  readonly guards: readonly string[];
  readonly isOf: (site: SiteConfig) => boolean;
  /** Two nodes are active at once only when this is so. */
  readonly onlyWhen: string;
  /** When a silent owner is taken over by itself. */
  readonly takeoverAfter: string;
  /** For how long there are two, then. */
  readonly forHowLong: string;
  /** What would make it less; undefined where nothing does. */
  readonly improve: string | undefined;
}

const untilHeal = 'until the first beats after the heal, and the stops';
const wakes = 'or the whole machine stalls for longer than deadtime and wakes';

/** The first row that fits a configuration is its own. A further guard is a further row, above those that it betters. */
const rows: readonly PromiseRow[] = [
  {
    id: 'fence',
    configuration: '`guards.fence`',
    guards: ['fence'],
    isOf: () => true,
    onlyWhen: 'the fence device says that a machine is off, and it is not',
    takeoverAfter: 'deadtime and the time of the fencing; by hand, where the device died with the machine',
    forHowLong: 'never two, while the device tells the truth',
    improve: 'a second level of fencing, for a device that dies with its machine',
  },
  {
    id: 'witness-watchdog',
    configuration: '`guards.witness` and `guards.watchdog`',
    guards: ['witness', 'watchdog'],
    isOf: () => true,
    onlyWhen: "the owner's daemon stands still, and its watchdog does not reset the machine",
    takeoverAfter: 'max(deadtime, the lease of the witness, twice the watchdog)',
    forHowLong: 'never two, while the watchdog works and clocks run at the same rate',
    improve: undefined,
  },
  {
    id: 'witness',
    configuration: '`guards.witness`',
    guards: ['witness'],
    isOf: () => true,
    onlyWhen:
      "the owner's daemon stands still for longer than the lease of the witness leaves it, or its scripts do not stop in their time",
    takeoverAfter: 'max(deadtime, the lease of the witness)',
    forHowLong: 'the address at most lease + 1 s; services until the daemon goes on, or its dead-man order',
    improve: 'a watchdog, for a daemon that stands still',
  },
  {
    id: 'watchdog',
    configuration: '`guards.watchdog`, two media',
    guards: ['watchdog'],
    isOf: (site) => isAutomaticBySilence(site),
    onlyWhen: 'all media fail together while both live',
    takeoverAfter: 'max(deadtime, twice the watchdog)',
    forHowLong: untilHeal,
    improve: 'a fence or a witness',
  },
  {
    id: 'manual',
    configuration: '`takeover.mode: manual`',
    guards: [],
    isOf: ({ takeover }) => takeover.mode === 'manual',
    onlyWhen: 'an operator confirms wrongly that a node is dead, which is recorded',
    takeoverAfter: 'never',
    forHowLong: 'until contact',
    improve: undefined,
  },
  {
    id: 'one-medium',
    configuration: 'one medium, the default',
    guards: [],
    isOf: (site) => !isAutomaticBySilence(site),
    onlyWhen: 'an operator confirms wrongly that a node is dead: silence never moves a group',
    takeoverAfter: 'never by silence: the group waits for `hactl confirm-dead`',
    forHowLong: 'until contact',
    improve: undefined,
  },
  {
    id: 'single-channel',
    configuration: '`takeover.singleChannel: on`',
    guards: [],
    isOf: ({ takeover }) => takeover.isSingleChannelAllowed,
    onlyWhen: `the only medium, or the last one that works, fails while both live; ${wakes}`,
    takeoverAfter: 'deadtime',
    forHowLong: untilHeal,
    improve: 'a second medium, and singleChannel left out',
  },
  {
    id: 'strict',
    configuration: 'two media, `takeover.strict: on`',
    guards: [],
    isOf: ({ takeover }) => takeover.isStrict,
    onlyWhen: `all media fail together while both live; ${wakes}`,
    takeoverAfter: 'max(deadtime, lease + 2 s): a head that dies or hangs is waited out',
    forHowLong: `${untilHeal}; the address of a machine that wakes at most lease + 1 s`,
    improve: 'a fence or a witness',
  },
  {
    id: 'serial',
    configuration: 'two media, a serial line among them',
    guards: [],
    isOf: ({ channels }) => channels.some(({ type }) => type === 'serial'),
    onlyWhen: `all networks and the serial line fail together while both live; ${wakes}`,
    takeoverAfter: 'deadtime',
    forHowLong: `${untilHeal}; the address of a machine that wakes at most lease + 1 s`,
    improve: 'a fence or a witness',
  },
  {
    id: 'two-media',
    configuration: 'two media, the default',
    guards: [],
    isOf: () => true,
    onlyWhen: `all media fail together while both live; ${wakes}`,
    takeoverAfter: 'deadtime',
    forHowLong: `${untilHeal}; the address of a machine that wakes at most lease + 1 s`,
    improve: 'a serial line, which survives the whole network; a fence or a witness',
  },
];

/** What a guard or a setting changes beside the row of a configuration. */
export interface PromiseNote {
  readonly id: string;
  readonly configuration: string;
  readonly guards: readonly string[];
  readonly isOf: (site: SiteConfig) => boolean;
  readonly sentence: string;
}

const notes: readonly PromiseNote[] = [
  {
    id: 'ping',
    configuration: '`guards.ping`',
    guards: ['ping'],
    isOf: () => true,
    sentence:
      'a node that reaches none of its ping targets takes nothing over by silence, and hands over to a peer that reaches one',
  },
  {
    id: 'dead-man-off',
    configuration: '`deadMan: off` of a group',
    guards: [],
    isOf: ({ groups }) => groups.some(({ hasDeadMan }) => !hasDeadMan),
    sentence: 'services without a dead-man order go on when a daemon dies for good, until somebody stops them',
  },
];

const knownGuards: ReadonlySet<string> = new Set(Object.keys(guardsSchema.shape));

/** The rows that this version can keep. */
export const promiseRows: readonly PromiseRow[] = rows.filter(isKnown);
export const promiseNotes: readonly PromiseNote[] = notes.filter(isKnown);

/** What a configuration promises about two active nodes. */
export function promiseOf(site: SiteConfig): PromiseRow {
  const row = promiseRows.find((candidate) => isHere(candidate, site)) ?? promiseRows.at(-1);
  if (row === undefined) throw new RangeError('there are rows');
  return row;
}

export function notesOf(site: SiteConfig): readonly PromiseNote[] {
  return promiseNotes.filter((note) => isHere(note, site));
}

function isKnown({ guards }: { readonly guards: readonly string[] }): boolean {
  return guards.every((guard) => knownGuards.has(guard));
}

function isHere(row: Pick<PromiseRow, 'guards' | 'isOf'>, site: SiteConfig): boolean {
  const configured = new Map<string, unknown>(Object.entries(site.guards));
  return row.guards.every((guard) => configured.get(guard) !== undefined) && row.isOf(site);
}

function isAutomaticBySilence(site: SiteConfig): boolean {
  return site.takeover.mode === 'auto' && (mediaOf(site).length > 1 || site.takeover.isSingleChannelAllowed);
}
