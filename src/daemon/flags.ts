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
  --witness        be the third machine of other pairs: --config then defaults to /etc/twinbeat/witness.yaml,
                   --state-dir to /var/lib/twinbeat-witness, and nothing else is read
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
  /** The third machine: another program behind the same name. */
  | { readonly kind: 'witness'; readonly flags: Pick<Flags, 'configFile' | 'stateDir'> }
  | { readonly kind: 'help' }
  | { readonly kind: 'version' }
  | { readonly kind: 'wrong'; readonly sentence: string };

export function parseFlags(words: readonly string[]): ParsedFlags {
  try {
    const { values } = parseArgs({
      args: [...words],
      options: {
        config: { type: 'string' },
        node: { type: 'string' },
        'state-dir': { type: 'string' },
        'run-dir': { type: 'string', default: '/run/twinbeat' },
        observer: { type: 'boolean', default: false },
        'no-runner': { type: 'boolean', default: false },
        witness: { type: 'boolean', default: false },
        version: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return { kind: 'help' };
    if (values.version) return { kind: 'version' };
    if (values.witness) {
      const configFile = resolve(values.config ?? '/etc/twinbeat/witness.yaml');
      const stateDir = resolve(values['state-dir'] ?? '/var/lib/twinbeat-witness');
      return { kind: 'witness', flags: { configFile, stateDir } };
    }
    const flags = {
      configFile: resolve(values.config ?? '/etc/twinbeat/twinbeat.yaml'),
      node: values.node,
      stateDir: resolve(values['state-dir'] ?? '/var/lib/twinbeat'),
      runDir: resolve(values['run-dir']),
      isObserver: values.observer,
      startsRunner: !values['no-runner'],
    };
    return { kind: 'run', flags };
  } catch (error) {
    return { kind: 'wrong', sentence: error instanceof Error ? error.message : String(error) };
  }
}
