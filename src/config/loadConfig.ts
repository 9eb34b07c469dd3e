import { type KeyRing, readAuthkeys } from './authkeys.ts';
import { secretWarnings } from './fence.ts';
import { plainText } from './plainText.ts';
import { type ConfigText, type Problem, sortProblems } from './problem.ts';
import { readSite } from './readSite.ts';
import type { SiteConfig } from './siteConfig.ts';
import { readYaml } from './yamlText.ts';

export interface ConfigFiles {
  /** `mode`: the permission bits of the file. */
  readonly yaml: ConfigText & { readonly mode?: number };
  /** Undefined when there is none: a pair that holds nothing. */
  readonly haresources: ConfigText | undefined;
  /** Undefined when it was not read; then `SiteConfig.keys` is. `mode`: the permission bits of the file. */
  readonly authkeys: (ConfigText & { readonly mode?: number }) | undefined;
}

export type Loaded =
  | { readonly ok: true; readonly config: SiteConfig; readonly warnings: readonly Problem[] }
  /** Every problem of every file; warnings as far as they can be known. */
  | { readonly ok: false; readonly problems: readonly Problem[]; readonly warnings: readonly Problem[] };

/**
 * Reads the config of a pair from the texts of its files. Never throws, whatever they hold, and touches nothing.
 *
 * Both nodes read the same files: what concerns one node, see `nodeConfigOf`, `channelPlanOf` and `resourcePlanOf`.
 */
export function loadConfig(files: ConfigFiles): Loaded {
  const yaml = textOf(files.yaml);
  const haresources = textOf(files.haresources);
  const authkeys = textOf(files.authkeys);
  const parsed = readYaml(files.yaml.file, yaml.text);
  const site = readSite(files.yaml.file, parsed, haresources.source);
  const keys = readKeys(authkeys.source, files.authkeys?.mode);
  const problems = [
    ...(yaml.problem === undefined ? sortProblems(site.yamlProblems) : [yaml.problem]),
    ...(haresources.problem === undefined ? sortProblems(site.groupProblems) : [haresources.problem]),
    ...(authkeys.problem === undefined ? sortProblems(keys.problems) : [authkeys.problem]),
  ];
  const secrets = secretWarnings(files.yaml.file, site.config?.guards.fence, files.yaml.mode);
  const warnings = [...sortProblems([...site.warnings, ...secrets]), ...sortProblems(keys.warnings)];
  if (problems.length > 0 || site.config === undefined) return { ok: false, problems, warnings };
  return { ok: true, config: { ...site.config, keys: keys.ring }, warnings };
}

interface Text {
  /** Empty when it is no text. */
  readonly text: string;
  readonly source: ConfigText | undefined;
  readonly problem: Problem | undefined;
}

function textOf(source: ConfigText | undefined): Text {
  if (source === undefined) return { text: '', source, problem: undefined };
  const plain = plainText(source);
  const text = 'text' in plain ? plain.text : '';
  const problem = 'problem' in plain ? plain.problem : undefined;
  return { text, source: { file: source.file, text }, problem };
}

interface ReadKeys {
  readonly ring: KeyRing | undefined;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

function readKeys(source: ConfigText | undefined, mode: number | undefined): ReadKeys {
  if (source === undefined) return { ring: undefined, problems: [], warnings: [] };
  return readAuthkeys(source.file, source.text, mode);
}
