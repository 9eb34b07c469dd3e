import { exitCodes, type GroupReport, type StatusReport } from '../../control/controlProtocol.ts';
import type { Concern } from './concerns.ts';
import { exitCodeOf, type Place, peerOf, placeOf } from './place.ts';

/**
 * `OK` and `ATTENTION` go with exit code 0, the others with 3. ATTENTION: the service runs and both nodes are
 * there, but a person should act before the next failure. UNKNOWN: the owner is not heard.
 */
export type Level = 'OK' | 'ATTENTION' | 'DEGRADED' | 'MOVING' | 'UNKNOWN' | 'DOWN' | 'SPLIT';

export interface Headline {
  readonly level: Level;
  readonly sentence: string;
}

export function headlineOf(status: StatusReport, concerns: readonly Concern[]): Headline {
  const placed = status.groups.map((group) => ({ group, place: placeOf(group, status) }));
  return { level: levelOf(status, concerns, placed), sentence: `${whereAll(placed)}${redundancy(status, placed)}` };
}

type Placed = readonly { readonly group: GroupReport; readonly place: Place }[];

function levelOf(status: StatusReport, concerns: readonly Concern[], placed: Placed): Level {
  const has = (kind: Place['kind']): boolean => placed.some(({ place }) => place.kind === kind);
  if (has('twice')) return 'SPLIT';
  if (has('nowhere') || has('failed')) return 'DOWN';
  if (has('unknown')) return 'UNKNOWN';
  if (has('moving')) return 'MOVING';
  if (exitCodeOf(status) !== exitCodes.ok) return 'DEGRADED';
  return concerns.length > 0 ? 'ATTENTION' : 'OK';
}

/** `site is active on node1`, or for several groups `3 groups are active on node1; web is active nowhere`. */
function whereAll(placed: Placed): string {
  if (placed.length === 0) return 'no groups are configured';
  const byPlace = new Map<string, { place: Place; names: string[] }>();
  for (const { group, place } of placed) {
    const key = JSON.stringify(place);
    const entry = byPlace.get(key) ?? { place, names: [] };
    entry.names.push(group.name);
    byPlace.set(key, entry);
  }
  return [...byPlace.values()]
    .map(({ place, names }) => `${subjectOf(names)} ${predicateOf(place, names.length)}`)
    .join('; ');
}

/** More names than this do not fit a headline. */
const namesMax = 2;

function subjectOf(names: readonly string[]): string {
  return names.length > namesMax ? `${names.length} groups` : names.join(' and ');
}

function predicateOf(place: Place, count: number): string {
  const are = count === 1 ? 'is' : 'are';
  switch (place.kind) {
    case 'active':
      return `${are} active on ${place.node}`;
    case 'twice':
      return `${are} active on BOTH nodes, ${place.nodes.join(' and ')}`;
    case 'moving':
      return `${are} ${place.role} on ${place.node}`;
    case 'failed':
      return `failed on ${place.node}`;
    case 'unknown':
      return `${count === 1 ? 'was' : 'were'} last seen on ${place.node}, which is silent`;
    case 'nowhere':
      return `${are} active nowhere`;
  }
}

/** Whether the next failure would be survived, when all groups are up. */
function redundancy(status: StatusReport, placed: Placed): string {
  const isUp = placed.length > 0 && placed.every(({ place }) => place.kind === 'active');
  if (!isUp || peerOf(status) === undefined) return '';
  const maintained = placed.filter(({ group }) => group.because.rule === 'maintenance').length;
  if (maintained > 0) {
    return maintained === placed.length ? '; in maintenance' : `; in maintenance: ${maintained} of ${placed.length}`;
  }
  const standbys = new Set<string>();
  for (const { group, place } of placed) {
    for (const node of Object.keys(status.nodes)) {
      if (place.kind !== 'active' || node === place.node) continue;
      if (group.armed[node]?.armed !== true || status.nodes[node]?.state !== 'online') return '; no standby is ready';
      standbys.add(node);
    }
  }
  return standbys.size === 1 ? `; ${[...standbys].join('')} can take over` : '; each can take over for the other';
}
