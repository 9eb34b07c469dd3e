import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { ScriptFolder } from './scriptLookup.ts';

export const usage = `usage: twinbeat-runner [--config FILE] [--node NAME] [--run-dir DIR] [--state-dir DIR] [--resource-dir DIR]...
                       [--socket-user NAME]

Carries out the orders of twinbeatd: scripts, addresses, packets. Normally started by systemd or by twinbeatd.

  --config FILE        default /etc/twinbeat/twinbeat.yaml, with haresources and resource.d beside it
  --node NAME          this node's name in the config; default: the name of this host
  --run-dir DIR        its socket and its records; default /run/twinbeat
  --state-dir DIR      handed to scripts; default /var/lib/twinbeat
  --resource-dir DIR   look here for scripts first; may be given several times
  --socket-user NAME   the user that twinbeatd runs as; default: this program's own
  --version, --help`;

export interface Flags {
  readonly config: string;
  /** Undefined: the one of this host. */
  readonly node: string | undefined;
  readonly runDir: string;
  readonly stateDir: string;
  readonly folders: readonly ScriptFolder[];
  /** Undefined: the head has the same user as this program. */
  readonly socketUser: string | undefined;
}

export type ParsedFlags =
  | { readonly kind: 'run'; readonly flags: Flags }
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'wrong'; readonly sentence: string };

export function parseFlags(words: readonly string[]): ParsedFlags {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        config: { type: 'string', default: '/etc/twinbeat/twinbeat.yaml' },
        node: { type: 'string' },
        'run-dir': { type: 'string', default: '/run/twinbeat' },
        'state-dir': { type: 'string', default: '/var/lib/twinbeat' },
        'resource-dir': { type: 'string', multiple: true, default: [] },
        'socket-user': { type: 'string' },
        version: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return { kind: 'help' };
    if (values.version) return { kind: 'version' };
    const config = resolve(values.config);
    const flags = {
      config,
      node: values.node,
      runDir: resolve(values['run-dir']),
      stateDir: resolve(values['state-dir']),
      folders: foldersOf(config, values['resource-dir']),
      socketUser: values['socket-user'],
    };
    return { kind: 'run', flags };
  } catch (error) {
    return { kind: 'wrong', sentence: error instanceof Error ? error.message : String(error) };
  }
}

/** The order in which a script is looked for. Heartbeat's scripts run unmodified; init scripts answer by exit code. */
function foldersOf(config: string, more: readonly string[]): readonly ScriptFolder[] {
  const shipped = join(import.meta.dirname, '..', '..', 'resource.d');
  const classic = [
    ...more.map((path) => resolve(path)),
    join(dirname(config), 'resource.d'),
    shipped,
    '/etc/ha.d/resource.d',
  ];
  return [...classic.map((path) => ({ path, judge: 'text' }) as const), { path: '/etc/init.d', judge: 'exitCode' }];
}
