import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { missingAuthkeys, readAuthkeys } from '../config/authkeys.ts';
import { type Problem, problemOf } from '../config/problem.ts';
import { renderProblem } from '../config/renderProblem.ts';
import { readWitnessFile, type WitnessFileCluster } from '../config/witnessFile.ts';
import type { WitnessCluster } from './desk.ts';

export interface WitnessConfig {
  /** Undefined: all addresses of this machine. */
  readonly address: string | undefined;
  readonly port: number;
  readonly clusters: readonly WitnessCluster[];
  /** Each with its place and a caret. */
  readonly warnings: readonly string[];
}

export type WitnessConfigRead =
  | { readonly ok: true; readonly config: WitnessConfig }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads `witness.yaml`, and the key file of each pair beside it. Never throws. */
export function readWitnessConfig(file: string): WitnessConfigRead {
  const yaml = readText(file);
  if ('problem' in yaml) return { ok: false, problems: [renderProblem(yaml.problem, '')] };
  const read = readWitnessFile({ file, text: yaml.text });
  if (!read.ok) return { ok: false, problems: read.problems.map((problem) => renderProblem(problem, yaml.text)) };
  const problems: string[] = [];
  const warnings: string[] = [];
  const clusters = read.config.clusters.flatMap((cluster) => {
    const keyed = readKeys(cluster, dirname(file));
    problems.push(...keyed.problems);
    warnings.push(...keyed.warnings);
    return keyed.cluster ?? [];
  });
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, config: { address: read.config.address, port: read.config.port, clusters, warnings } };
}

function readKeys(
  { name, nodes, authkeys }: WitnessFileCluster,
  folder: string,
): {
  readonly cluster: WitnessCluster | undefined;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
} {
  const file = resolve(folder, authkeys);
  const keys = readText(file);
  if ('problem' in keys) {
    const problem = keys.isMissing ? missingAuthkeys(file) : keys.problem;
    return { cluster: undefined, problems: [renderProblem(problem, '')], warnings: [] };
  }
  const { ring, problems, warnings } = readAuthkeys(file, keys.text, keys.mode);
  const render = (problem: Problem): string => renderProblem(problem, keys.text);
  const cluster = ring === undefined ? undefined : { name, nodes, keys: ring.keys, signingKeyId: ring.signWith };
  return { cluster, problems: problems.map(render), warnings: warnings.map(render) };
}

type TextRead =
  | { readonly text: string; readonly mode: number }
  | { readonly problem: Problem; readonly isMissing: boolean };

/** Far above what the config accepts. */
const bytesMax = 1024 * 1024;

function readText(file: string): TextRead {
  let fd: number | undefined;
  try {
    // Without O_NONBLOCK the open of a pipe waits for a writer.
    fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = fstatSync(fd);
    if (!stats.isFile()) return { problem: problemOf(file, 'it is no file'), isMissing: false };
    const bytes = Buffer.alloc(Math.min(stats.size + 1, bytesMax));
    return { text: bytes.toString('utf8', 0, readSync(fd, bytes, 0, bytes.length, 0)), mode: stats.mode & 0o7777 };
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    const message = isMissing ? 'there is no such file' : error instanceof Error ? error.message : String(error);
    return { problem: problemOf(file, message, isMissing ? 'name it with --config FILE' : undefined), isMissing };
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
