import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import { basename, dirname, join } from 'node:path';

import { type KeyRing, missingAuthkeys } from '../config/authkeys.ts';
import { loadConfig } from '../config/loadConfig.ts';
import { nodeConfigOf, nodeOfHost, peerOf } from '../config/nodeConfigOf.ts';
import { type ChannelPlan, channelPlanOf } from '../config/plans.ts';
import { type ConfigText, type Problem, problemOf } from '../config/problem.ts';
import { renderProblem } from '../config/renderProblem.ts';
import type { SiteConfig } from '../config/siteConfig.ts';
import type { SiteWitness } from '../config/witnessGuard.ts';
import type { NodeConfig } from '../core/nodeConfig.ts';

export interface ConfigQuestion {
  readonly configFile: string;
  readonly node: string | undefined;
  readonly isObserver: boolean;
}

/** What this node needs of the files. */
export interface DaemonConfig {
  readonly node: NodeConfig;
  readonly channels: readonly ChannelPlan[];
  readonly keys: KeyRing;
  readonly witness: SiteWitness | undefined;
  /** Each with its place and a caret. */
  readonly warnings: readonly string[];
}

export type ConfigRead =
  | { readonly ok: true; readonly config: DaemonConfig }
  /** Every problem at once, each with its place and a caret. */
  | { readonly ok: false; readonly problems: readonly string[] };

/** Reads `twinbeat.yaml`, and `haresources` and `authkeys` from the same folder. Never throws. */
export async function readConfig(question: ConfigQuestion): Promise<ConfigRead> {
  const folder = dirname(question.configFile);
  const [yaml, haresources, authkeys] = await Promise.all([
    readText(question.configFile),
    readText(join(folder, 'haresources')),
    readText(join(folder, 'authkeys')),
  ]);
  const unread = [
    ...(yaml.kind === 'missing' ? [problemOf(yaml.file, 'there is no such file', 'name it with --config FILE')] : []),
    ...(authkeys.kind === 'missing' ? [missingAuthkeys(authkeys.file)] : []),
    ...[yaml, haresources, authkeys].flatMap((read) =>
      read.kind === 'unreadable' ? [problemOf(read.file, read.detail, unreadableHint(read))] : [],
    ),
  ];
  const render = (problem: Problem): string => {
    const source = [yaml, haresources, authkeys].find(({ file }) => file === problem.file);
    return renderProblem(problem, source?.kind === 'text' ? source.text : '');
  };
  if (yaml.kind !== 'text') return { ok: false, problems: unread.map(render) };
  const loaded = loadConfig({ yaml, haresources: textOf(haresources), authkeys: textOf(authkeys) });
  const problems = [...unread, ...(loaded.ok ? [] : loaded.problems)];
  if (problems.length > 0 || !loaded.ok) return { ok: false, problems: problems.map(render) };
  return choose(question, loaded.config, loaded.warnings.map(render));
}

function choose(question: ConfigQuestion, site: SiteConfig, warnings: readonly string[]): ConfigRead {
  const { configFile, isObserver } = question;
  const node = question.node ?? nodeOfHost(site, hostname());
  const { keys } = site;
  if (peerOf(site, node) === undefined) {
    const who = question.node === undefined ? `this host is called ${node}, which` : node;
    const message = `${who} is not one of ${site.nodes.join(' and ')}`;
    return {
      ok: false,
      problems: [renderProblem(problemOf(configFile, message, 'name this node with --node NAME'), '')],
    };
  }
  if (keys === undefined) {
    const file = join(dirname(configFile), 'authkeys');
    return { ok: false, problems: [renderProblem(missingAuthkeys(file), '')] };
  }
  const config = {
    node: nodeConfigOf(site, node, { isObserver }),
    channels: channelPlanOf(site, node),
    keys,
    witness: site.guards.witness,
    warnings,
  };
  return { ok: true, config };
}

type TextRead =
  | { readonly kind: 'text'; readonly file: string; readonly text: string; readonly mode: number }
  | { readonly kind: 'missing'; readonly file: string }
  | { readonly kind: 'unreadable'; readonly file: string; readonly detail: string; readonly isForbidden: boolean };

function textOf(read: TextRead): (ConfigText & { readonly mode: number }) | undefined {
  return read.kind === 'text' ? read : undefined;
}

/** The service runs as a user of its own, and a file that root copied from the other node is root's. */
function unreadableHint({ file, isForbidden }: TextRead & { kind: 'unreadable' }): string | undefined {
  if (!isForbidden) return undefined;
  const user = ownName();
  return basename(file) === 'authkeys'
    ? `make it the file of the user that twinbeatd runs as: chown ${user} ${file}`
    : `let ${user}, the user that twinbeatd runs as, read it: chmod 644 ${file}`;
}

function ownName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user that /etc/passwd does not know.
    return String(process.geteuid?.());
  }
}

/** Far above what the config accepts, so that its own bound speaks; a file without end is not read to it. */
const bytesMax = 1024 * 1024;

async function readText(file: string): Promise<TextRead> {
  let handle: FileHandle | undefined;
  try {
    // Without O_NONBLOCK the open of a pipe waits for a writer.
    handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await handle.stat();
    if (!stats.isFile()) return { kind: 'unreadable', file, detail: 'it is no file', isForbidden: false };
    const bytes = Buffer.alloc(Math.min(stats.size + 1, bytesMax));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
    return { kind: 'text', file, text: bytes.toString('utf8', 0, bytesRead), mode: stats.mode & 0o7777 };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'missing', file };
    const detail = error instanceof Error ? error.message : String(error);
    return { kind: 'unreadable', file, detail, isForbidden: code === 'EACCES' };
  } finally {
    await handle?.close().catch(() => undefined);
  }
}
