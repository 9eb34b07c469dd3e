import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** `text`: as Heartbeat judged, by the words that `status` prints. `exitCode`: 0 running, 3 stopped, else failed. */
export type StatusJudge = 'text' | 'exitCode';

export interface ScriptFolder {
  readonly path: string;
  /** How scripts that do not declare anything are judged here. */
  readonly judge: StatusJudge;
}

export type ScriptLookup =
  | { readonly kind: 'found'; readonly path: string; readonly judge: StatusJudge }
  | { readonly kind: 'missing'; readonly detail: string };

/**
 * The first executable regular file of that name in `folders`.
 *
 * A script declares how it wants to be judged by a comment among its first lines:
 * `# twinbeat: status=exit-code` or `# twinbeat: status=text`.
 */
export function findScript(script: string, folders: readonly ScriptFolder[]): ScriptLookup {
  if (!isPlainName(script))
    return { kind: 'missing', detail: `"${script}" is no name of a script: it must not hold a slash` };
  let unusable = '';
  for (const folder of folders) {
    const path = join(folder.path, script);
    const problem = whyNotExecutable(path);
    if (problem === 'absent') continue;
    if (problem === undefined) return { kind: 'found', path, judge: declaredJudge(path) ?? folder.judge };
    unusable ||= `${path} ${problem}; `;
  }
  const searched = folders.map(({ path }) => path).join(', ');
  return { kind: 'missing', detail: `${unusable}no executable script "${script}" in ${searched}` };
}

function isPlainName(script: string): boolean {
  return /^[^/\0]{1,200}$/.test(script) && script !== '.' && script !== '..';
}

function whyNotExecutable(path: string): string | undefined {
  try {
    if (!statSync(path).isFile()) return 'is no regular file';
  } catch {
    return 'absent';
  }
  try {
    accessSync(path, constants.X_OK);
    return undefined;
  } catch {
    return 'is not executable (chmod +x)';
  }
}

/** A declaration further down is not looked for: it must be where a reader sees it. */
const declarationBytesMax = 4096;

function declaredJudge(path: string): StatusJudge | undefined {
  const head = Buffer.alloc(declarationBytesMax);
  try {
    const file = openSync(path, 'r');
    try {
      readSync(file, head, 0, head.length, 0);
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
  const [, declared] = /^#\s*twinbeat:\s*status=(exit-code|text)\s*$/m.exec(head.toString('latin1')) ?? [];
  if (declared === undefined) return undefined;
  return declared === 'text' ? 'text' : 'exitCode';
}
