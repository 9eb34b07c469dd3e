import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { missingAuthkeys } from '../../config/authkeys.ts';
import type { ConfigFiles } from '../../config/loadConfig.ts';
import { type Problem, problemOf } from '../../config/problem.ts';

export interface ConfigRead {
  /** Undefined when `twinbeat.yaml` cannot be read. */
  readonly files: ConfigFiles | undefined;
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** Reads `twinbeat.yaml` and, from the same folder, `haresources` and `authkeys`. */
export function readConfigFiles(yamlFile: string): ConfigRead {
  const yaml = readText(yamlFile);
  if (yaml.kind !== 'text') {
    const next = yaml.kind === 'missing' ? 'name it with --config FILE' : undefined;
    return { files: undefined, problems: [problemOf(yaml.file, yaml.detail, next)], warnings: [] };
  }
  const haresources = readText(join(dirname(yamlFile), 'haresources'));
  const authkeys = readText(join(dirname(yamlFile), 'authkeys'));
  const problems: Problem[] = [];
  const warnings: Problem[] = [];
  if (haresources.kind === 'unreadable') problems.push(problemOf(haresources.file, haresources.detail));
  if (authkeys.kind === 'missing') problems.push(missingAuthkeys(authkeys.file));
  // Only root and the daemon may read the keys; everybody may check the rest.
  if (authkeys.kind === 'unreadable') {
    warnings.push(problemOf(authkeys.file, `${authkeys.detail}: the keys are not checked`, 'run it with sudo'));
  }
  const files: ConfigFiles = {
    yaml,
    haresources: haresources.kind === 'text' ? haresources : undefined,
    authkeys: authkeys.kind === 'text' ? authkeys : undefined,
  };
  return { files, problems, warnings };
}

export type TextRead =
  | { readonly kind: 'text'; readonly file: string; readonly text: string; readonly mode: number }
  | { readonly kind: 'missing' | 'unreadable'; readonly file: string; readonly detail: string };

/** Far above what the config accepts, so that its own bound speaks; a device without end is not read to it. */
const bytesMax = 1024 * 1024;

export function readText(file: string): TextRead {
  let descriptor: number | undefined;
  try {
    // Without O_NONBLOCK the open of a pipe waits for a writer.
    descriptor = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(descriptor);
    if (!stats.isFile()) return { kind: 'unreadable', file, detail: 'it is no file' };
    const bytes = Buffer.alloc(Math.min(stats.size + 1, bytesMax));
    const length = readSync(descriptor, bytes, 0, bytes.length, 0);
    return { kind: 'text', file, text: bytes.toString('utf8', 0, length), mode: stats.mode & 0o7777 };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'missing', file, detail: 'there is no such file' };
    if (code === 'EACCES' || code === 'EPERM') return { kind: 'unreadable', file, detail: 'permission denied' };
    return { kind: 'unreadable', file, detail: error instanceof Error ? error.message : String(error) };
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}
