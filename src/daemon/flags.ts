import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

export const usage = `usage: twinbeatd [--config FILE] [--node NAME] [--state-dir DIR] [--run-dir DIR] [--observer] [--no-runner]

Beats, decides, and keeps the groups of this node; hactl talks to it.

  --config FILE    default /etc/twinbeat/twinbeat.yaml, with haresources and authkeys beside it
  --node NAME      this node's name in the config; default: the name of this host
  --state-dir DIR  default /var/lib/twinbeat
  --run-dir DIR    sockets; default /run/twinbeat
  --observer       claim nothing until hactl online, or takeover
  --no-runner      do not start twinbeat-runner: something else does (systemd)
  --version, --help

Signals: TERM releases everything and stops, USR2 stops and leaves the services running, HUP reads the files again.`;

export interface Flags {
  readonly configFile: string;
  /** Undefined: the name of this host. */
  readonly node: string | undefined;
  readonly stateDir: string;
  readonly runDir: string;
  readonly isObserver: boolean;
  /** Start the runner where none listens. */
  readonly startsRunner: boolean;
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
        'state-dir': { type: 'string', default: '/var/lib/twinbeat' },
        'run-dir': { type: 'string', default: '/run/twinbeat' },
        observer: { type: 'boolean', default: false },
        'no-runner': { type: 'boolean', default: false },
        version: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return { kind: 'help' };
    if (values.version) return { kind: 'version' };
    const flags = {
      configFile: resolve(values.config),
      node: values.node,
      stateDir: resolve(values['state-dir']),
      runDir: resolve(values['run-dir']),
      isObserver: values.observer,
      startsRunner: !values['no-runner'],
    };
    return { kind: 'run', flags };
  } catch (error) {
    return { kind: 'wrong', sentence: error instanceof Error ? error.message : String(error) };
  }
}
