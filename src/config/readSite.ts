import type * as z from 'zod';
import type { NodeName } from '../core/identity.ts';
import type { Timing } from '../core/nodeConfig.ts';
import { sizeProblems } from './channelSizes.ts';
import { hostsOf, paced, readChannels } from './channels.ts';
import { groupsMax, readGroups } from './groups.ts';
import { readGuards, type SiteGuards } from './guards.ts';
import { type ConfigText, type Problem, problemAt } from './problem.ts';
import { atValue, readPart, unknownKey, unknownKeysMax, type Yaml } from './readPart.ts';
import { topSchemas } from './schema.ts';
import type { SiteConfig, SiteGroup } from './siteConfig.ts';
import { defaultTiming, timingFindings, type WrittenTiming } from './timing.ts';
import { warningsOf } from './warnings.ts';
import { judgeWatchdog } from './watchdogGuard.ts';
import { readWitness } from './witnessGuard.ts';
import type { YamlText } from './yamlText.ts';

export interface ReadSite {
  /** Undefined when there is a problem in either file. */
  readonly config: Omit<SiteConfig, 'keys'> | undefined;
  readonly yamlProblems: readonly Problem[];
  readonly groupProblems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** What yaml and haresources say together. Each key is read by itself: a problem in one hides none in another. */
export function readSite(file: string, parsed: YamlText, haresources: ConfigText | undefined): ReadSite {
  const yaml: Yaml = { file, places: parsed.places, problems: [...parsed.problems] };
  const top = topOf(yaml, parsed);
  const read = <T>(key: keyof typeof topSchemas, schema: z.ZodType<T>): T | undefined =>
    top === undefined ? undefined : readPart(yaml, schema, top[key], [key]);

  const cluster = read('cluster', topSchemas.cluster);
  const nodes = pairOf(yaml, read('nodes', topSchemas.nodes));
  const entries = read('channels', topSchemas.channels);
  const drafts = entries === undefined ? [] : readChannels(yaml, entries, nodes);
  const takeover = read('takeover', topSchemas.takeover);
  const startup = read('startup', topSchemas.startup);
  const written = read('timing', topSchemas.timing);
  const guardsEntry = read('guards', topSchemas.guards);
  const settings = read('groups', topSchemas.groups);
  const { groups, problems: groupProblems } = readGroups(yaml, settings ?? {}, haresources, nodes, hostsOf(drafts));
  const guards = readGuards(yaml, guardsEntry ?? {}, nodes, groups, hostsOf(drafts));
  yaml.problems.push(...sizeProblems(yaml, drafts, Math.min(groups.length, groupsMax)));
  const judged = written === undefined ? undefined : judge(yaml, written, groups, takeover?.strict === true, guards);
  const channels = judged === undefined ? [] : drafts.map((draft) => paced(draft, groups.length, judged.timing));
  const entry = guardsEntry?.witness;
  const reading =
    entry === undefined || judged === undefined
      ? undefined
      : readWitness(yaml, entry, { groups, timing: judged.timing, channels, hosts: hostsOf(drafts) });
  if (judged !== undefined && guards.watchdog !== undefined) {
    judgeWatchdog(yaml, guards.watchdog, judged.timing, reading?.witness);
  }
  const warnings: Problem[] = [...(judged?.warnings ?? []), ...(reading?.warnings ?? [])];

  const isIncomplete = yaml.problems.length > 0 || groupProblems.length > 0;
  const isMissing = cluster === undefined || nodes === undefined || takeover === undefined || startup === undefined;
  if (isIncomplete || isMissing || judged === undefined) {
    return { config: undefined, yamlProblems: yaml.problems, groupProblems, warnings };
  }
  const config = {
    cluster,
    nodes,
    timing: judged.timing,
    channels,
    takeover: { mode: takeover.mode, isSingleChannelAllowed: takeover.singleChannel, isStrict: takeover.strict },
    startupAlone: startup.alone ?? 'byData',
    guards: { ...guards, ...(reading === undefined ? {} : { witness: reading.witness }) },
    groups,
  } as const;
  warnings.push(...warningsOf(yaml, config, drafts));
  return { config, yamlProblems: [], groupProblems: [], warnings };
}

const smallest = 'cluster, nodes and channels are the least: see the example twinbeat.yaml';

/** The map that the file is; undefined when it is none. */
function topOf(yaml: Yaml, { value }: YamlText): Readonly<Record<string, unknown>> | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const message = value === null ? 'the file says nothing' : 'the file is no map of keys and values';
    yaml.problems.push(problemAt(yaml.file, { line: 1, column: 1 }, message, smallest));
    return undefined;
  }
  const known = Object.keys(topSchemas);
  const unknown = Object.keys(value)
    .filter((key) => !known.includes(key))
    .slice(0, unknownKeysMax);
  yaml.problems.push(...unknown.map((key) => unknownKey(yaml, [key], known)));
  return Object.fromEntries(Object.entries(value));
}

/** Words that stand beside the names of nodes below `udp`. */
const reservedNames: readonly string[] = ['port'];

function pairOf(yaml: Yaml, names: readonly string[] | undefined): readonly [NodeName, NodeName] | undefined {
  const [one, other] = names ?? [];
  if (one === undefined || other === undefined) return undefined;
  const reserved = [one, other].findIndex((name) => reservedNames.includes(name));
  if (reserved !== -1) {
    yaml.problems.push(
      atValue(yaml, ['nodes', reserved], 'no node can be called so: the word has a meaning below udp'),
    );
    return undefined;
  }
  if (one !== other) return [one, other];
  yaml.problems.push(atValue(yaml, ['nodes', 1], `the two nodes need two names, and this is ${one} again`));
  return undefined;
}

function judge(
  yaml: Yaml,
  written: WrittenTiming,
  groups: readonly SiteGroup[],
  isStrict: boolean,
  guards: SiteGuards,
): { readonly timing: Timing; readonly warnings: readonly Problem[] } {
  const timing = defaultTiming(
    written,
    guards.watchdog === undefined && groups.some(({ dataClass }) => dataClass === 'copied'),
  );
  const warnings: Problem[] = [];
  for (const { weight, key, message, next } of timingFindings(written, timing, isStrict)) {
    const problem = problemAt(yaml.file, yaml.places.ofValue(['timing', key]), message, next);
    (weight === 'refuse' ? yaml.problems : warnings).push(problem);
  }
  return { timing, warnings };
}
