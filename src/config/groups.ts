import type { NodeName } from '../core/identity.ts';
import { defaults } from './defaults.ts';
import { digestOf } from './digest.ts';
import { type GroupLine, readGroupLines } from './groupLines.ts';
import { didYouMean } from './nearest.ts';
import { type ConfigText, type Place, type Problem, problemAt } from './problem.ts';
import { readPart, type Yaml } from './readPart.ts';
import { type GroupEntry, groupSchema, type ResourceEntry } from './schema.ts';
import type { SiteGroup, SiteResource } from './siteConfig.ts';

/** As many as fit into one datagram with a beat. */
export const groupsMax = 30;

/**
 * Lines of haresources, each with what `groups:` says about the group of that name. `hosts`: addresses that belong
 * to a node, and so to no group, each with whose it is.
 */
export function readGroups(
  yaml: Yaml,
  entries: Readonly<Record<string, unknown>>,
  haresources: ConfigText | undefined,
  nodes: readonly NodeName[] | undefined,
  hosts: ReadonlyMap<string, string>,
): { readonly groups: readonly SiteGroup[]; readonly problems: readonly Problem[] } {
  const { lines, problems } =
    haresources === undefined
      ? { lines: [], problems: [] }
      : readGroupLines(haresources.file, haresources.text, { nodes, hosts });
  const found: Problem[] = [...problems];
  const extra = lines[groupsMax];
  if (haresources !== undefined && extra !== undefined) {
    const next = 'a beat of more would not go through a LAN in one piece: put what moves together on one line';
    found.push(problemAt(haresources.file, extra.place, `a pair has at most ${groupsMax} groups`, next));
  }
  // Where a line could not be read, its name may be the one that a key means.
  const names = problems.length > 0 ? undefined : lines.map(({ name }) => name);
  for (const name of Object.keys(entries)) {
    if (names === undefined || names.includes(name)) continue;
    yaml.problems.push(noSuchGroup(yaml, name, names));
  }
  const read = new Map(
    Object.entries(entries).map(([name, value]) => [name, readPart(yaml, groupSchema, value ?? {}, ['groups', name])]),
  );
  const groups = lines.map((line) => groupOf(yaml, line, read.get(line.name) ?? groupSchema.parse({})));
  return { groups, problems: found };
}

function noSuchGroup(yaml: Yaml, name: string, names: readonly string[]): Problem {
  const message = `no line of haresources is the group ${JSON.stringify(name)}${didYouMean(name, names)}`;
  const [only] = names;
  const known = names.length === 0 ? 'haresources has no line' : `groups: ${names.join(', ')}`;
  const next = `${known}; to name a line, write above it: # group: ${only === undefined ? 'NAME' : shown(name)}`;
  return problemAt(yaml.file, yaml.places.ofKey(['groups', name]), message, next);
}

function shown(name: string): string {
  return /^[a-z0-9-]{1,32}$/.test(name) ? name : 'NAME';
}

function groupOf(yaml: Yaml, line: GroupLine, entry: GroupEntry): SiteGroup {
  const settings = settingsByWord(yaml, line, entry);
  const resources = line.resources.map(({ word, means }): SiteResource => {
    const setting = settings.get(word);
    const isSyncer = means.kind === 'script' && means.script === 'syncer';
    return {
      name: word,
      means,
      side: setting?.side ?? (isSyncer ? 'standby' : 'owner'),
      startTimeoutMs: setting?.start ?? defaults.startMs,
      stopTimeoutMs: setting?.stop ?? defaults.stopMs,
      statusTimeoutMs: setting?.status ?? defaults.statusMs,
      syncTimeoutMs: setting?.sync ?? defaults.syncMs,
      monitorMs: setting?.monitor ?? (means.kind === 'address' ? defaults.addressMonitorMs : defaults.monitorMs),
    };
  });
  const hasSyncer = resources.some(({ side }) => side === 'standby');
  const group = {
    name: line.name,
    preferred: line.node,
    dataClass: entry.data ?? (hasSyncer ? 'copied' : 'none'),
    maxLagMs: entry.maxLag,
    restarts: { countMax: entry.restarts, windowMs: entry.restartWindow },
    hasDeadMan: entry.deadMan,
    failbackAfterMs: entry.failback === 'auto' ? entry.settle : undefined,
    resources,
  } as const;
  return { ...group, digest: digestOf(group) };
}

/** What `resources:` says, by the word of the line. A key is that word, or a short name that the line has once. */
function settingsByWord(yaml: Yaml, line: GroupLine, entry: GroupEntry): ReadonlyMap<string, ResourceEntry> {
  const settings = new Map<string, ResourceEntry>();
  for (const [key, setting] of Object.entries(entry.resources)) {
    const path = ['groups', line.name, 'resources', key];
    const place: Place = yaml.places.ofKey(path);
    const exact = line.resources.filter(({ word }) => word === key);
    const meant = exact.length > 0 ? exact : line.resources.filter(({ shortName }) => shortName === key);
    const words = line.resources.map(({ word }) => word);
    const [only, second] = meant;
    if (only === undefined) {
      const message = `group ${line.name} has no resource ${JSON.stringify(key)}${didYouMean(key, words)}`;
      yaml.problems.push(problemAt(yaml.file, place, message, `resources: ${words.join(', ')}`));
    } else if (second !== undefined) {
      const message = `${JSON.stringify(key)} could be ${meant.map(({ word }) => word).join(' or ')}`;
      yaml.problems.push(problemAt(yaml.file, place, message, `write the whole word: "${only.word}"`));
    } else if (settings.has(only.word)) {
      yaml.problems.push(problemAt(yaml.file, place, `${only.word} is there twice: keep one`));
    } else {
      settings.set(only.word, setting);
      yaml.problems.push(...settingProblems(yaml, path, setting));
    }
  }
  return settings;
}

/** A script that gets less cannot even be run. */
const timeoutMsMin = 100;

function settingProblems(yaml: Yaml, path: readonly string[], setting: ResourceEntry): readonly Problem[] {
  const short = (['start', 'stop', 'status', 'sync'] as const)
    .filter((key) => setting[key] < timeoutMsMin)
    .map((key) => ({ key, message: `a script cannot even be run in less than ${timeoutMsMin}ms` }));
  const isBusy = setting.monitor !== undefined && setting.monitor > 0 && setting.monitor < timeoutMsMin;
  const busy = isBusy
    ? [{ key: 'monitor', message: `more often than each ${timeoutMsMin}ms is work without use (0s: never)` }]
    : [];
  return [...short, ...busy].map(({ key, message }) =>
    problemAt(yaml.file, yaml.places.ofValue([...path, key]), `${key}: ${message}`),
  );
}
