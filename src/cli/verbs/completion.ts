import type { Command } from 'commander';
import { shortNameOf } from '../../config/means.ts';
import { parseResource } from '../../config/parseResource.ts';
import { exitCodes, type StatusReport } from '../../control/controlProtocol.ts';
import { bashScript } from '../completion/bash.ts';
import { fishScript } from '../completion/fish.ts';
import { commandLine, type NameKind, nameKinds } from '../completion/words.ts';
import { zshScript } from '../completion/zsh.ts';
import type { Call } from '../daemon.ts';
import { readReport } from '../readReport.ts';
import { jsonLine } from '../text/clean.ts';

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

/** `hactl completion SHELL`: a script that completes every verb, option and name. */
export async function completion({ io, isJson }: Call, shell: Shell, program: Command): Promise<number> {
  const script = scripts[shell](commandLine(program));
  await io.out(isJson ? jsonLine({ shell, script }) : script.trimEnd());
  return exitCodes.ok;
}

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

/** Somebody holds the tab key: a daemon that stalls must not hold the shell. */
const namesMs = 500;

/** `hactl names KIND`: for those scripts, one name a line; nothing where no daemon answers. */
export async function names(call: Call, [word, group]: readonly string[]): Promise<number> {
  const { report } = await readReport(call, namesMs);
  const kind = nameKinds.find((known) => known === word);
  const found = report === undefined || kind === undefined ? [] : namesIn(report, kind, group);
  const offered = found.filter((name) => isPlain.test(name));
  if (call.isJson) await call.io.out(jsonLine(found));
  else if (offered.length > 0) await call.io.out(offered.join('\n'));
  return exitCodes.ok;
}

/** bash expands what it is to offer as it expands a command line: a name with `$(...)` in it would be run. */
const isPlain = /^[\w@%+=:,./-]+$/;

function namesIn({ nodes, groups }: StatusReport, kind: NameKind, group: string | undefined): readonly string[] {
  switch (kind) {
    case 'groups':
      return groups.map(({ name }) => name);
    case 'nodes':
      return Object.keys(nodes);
    case 'resources':
      return shortNames((groups.find(({ name }) => name === group)?.resources ?? []).map(({ name }) => name));
  }
}

/** The short name where only one has it: bash takes a colon for the end of a word. */
function shortNames(words: readonly string[]): readonly string[] {
  const short = words.map((word) => {
    const means = parseResource(word);
    return 'kind' in means ? shortNameOf(means) : word;
  });
  return words.map((word, index) => {
    const name = short[index] ?? word;
    return short.indexOf(name) === short.lastIndexOf(name) ? name : word;
  });
}
