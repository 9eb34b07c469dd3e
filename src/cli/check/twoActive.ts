import { boundsOf } from '../../config/bounds.ts';
import { notesOf, promiseOf } from '../../config/promises.ts';
import type { SiteConfig } from '../../config/siteConfig.ts';
import { showSeconds } from '../../config/wording.ts';
import { wrap } from '../text/layout.ts';

/** Invariant I1b for one configuration: when there may be two, for how long at the most, and what would make it less. */
export interface TwoActive {
  /** The row of docs/manual/promises.md. */
  readonly row: string;
  readonly onlyWhen: string;
  readonly takeoverAfter: string;
  readonly forHowLong: string;
  /** While a daemon or a machine hangs; null: no bound in time. */
  readonly addressMs: number | null;
  readonly servicesMs: number | null;
  /** In a split: so long after the first beat that is heard again. */
  readonly afterHealMs: number | null;
  readonly improve: string | null;
  readonly notes: readonly string[];
}

export function twoActiveOf(site: SiteConfig): TwoActive {
  const { id, onlyWhen, takeoverAfter, forHowLong, improve } = promiseOf(site);
  return {
    row: id,
    onlyWhen,
    takeoverAfter,
    forHowLong,
    addressMs: longest(site, ['address-overlap-hang', 'address-overlap-stall']),
    servicesMs: longest(site, ['service-overlap-hang']),
    afterHealMs: longest(site, ['overlap-split']),
    improve: improve ?? null,
    notes: notesOf(site).map(({ sentence }) => sentence),
  };
}

export function twoActiveLines(site: SiteConfig, width: number): readonly string[] {
  const { onlyWhen, forHowLong, addressMs, servicesMs, afterHealMs, improve, notes } = twoActiveOf(site);
  const figures = [
    `its address at most ${shown(addressMs)} on both when a daemon or machine hangs`,
    `its services at most ${shown(servicesMs)}`,
    `${shown(afterHealMs)} after the first beat when a split heals`,
  ];
  const lines = (text: string, indent: string): readonly string[] => {
    const [first = '', ...rest] = wrap(text, width - indent.length);
    return [indent + first, ...rest.map((line) => ' '.repeat(indent.length) + line)];
  };
  return [
    ...lines(`two nodes are active at once only when ${onlyWhen}`, '  - '),
    ...lines(`for how long: ${forHowLong}`, '    '),
    ...lines(`in figures: ${figures.join('; ')}`, '    '),
    ...(improve === null ? [] : lines(`better with: ${improve}`, '      ')),
    ...notes.flatMap((note) => lines(note, '  - ')),
  ];
}

function longest(site: SiteConfig, ids: readonly string[]): number | null {
  const all = boundsOf(site).filter(({ id }) => ids.includes(id));
  if (all.some(({ ms }) => ms === undefined)) return null;
  return Math.max(0, ...all.map(({ ms }) => ms ?? 0));
}

function shown(ms: number | null): string {
  return ms === null ? 'no bound in time' : showSeconds(ms);
}
