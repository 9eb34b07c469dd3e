import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Finished } from './command.ts';
import type { ExecOptions, Host } from './host.ts';
import type { ServiceSpec } from './service.ts';
import {
  crossAddress,
  floatingAddress,
  type LinkName,
  lanAddress,
  lanDevice,
  linkNames,
  serialDevice,
} from './topology.ts';

/** What a pair in the lab is told. Everything has a value that suits a look by hand. */
export interface PairConfig {
  readonly keepalive?: string;
  readonly warntime?: string;
  readonly deadtime?: string;
  /** Short, because a lab's hosts boot in a fifth of a second. */
  readonly initdead?: string;
  /** More lines of `timing:`, for example `lease: 3s`. */
  readonly timing?: readonly string[];
  readonly channels?: readonly LinkName[];
  /** Instead of `channels`: the entries as they stand in twinbeat.yaml. */
  readonly channelEntries?: readonly string[];
  readonly baud?: number;
  /** The whole of haresources. */
  readonly haresources?: string;
  /** More of twinbeat.yaml: `groups:`, `takeover:` … */
  readonly more?: string;
}

export const configDir = '/etc/twinbeat';
export const daemonName = 'twinbeatd';
const projectDir = fileURLToPath(new URL('..', import.meta.url));

/** Everyone may know it: it keeps beats of the lab from being taken for others', no more. */
export const authkeys = 'auth 1\n1 sha256 this-key-of-the-lab-is-in-the-sources-and-secret-to-nobody\n';

/** The text of a `twinbeat.yaml` for the lab's two nodes. */
export function pairYaml(config: PairConfig = {}): string {
  const entries = config.channelEntries?.map((entry) => `  - ${entry}`);
  const usual = (config.channels ?? linkNames).map((link) => {
    switch (link) {
      case 'lan':
        return `  - udp: { node1: ${lanAddress.node1}, node2: ${lanAddress.node2} }\n    name: lan`;
      case 'cross':
        return `  - udp: { node1: ${crossAddress.node1}, node2: ${crossAddress.node2} }\n    name: cross`;
      case 'serial':
        return `  - serial: { device: ${serialDevice}, baud: ${config.baud ?? 115_200} }\n    name: serial`;
    }
  });
  const { keepalive = '200ms', warntime = '600ms', deadtime = '2s', initdead = '4s' } = config;
  const timing = [
    `keepalive: ${keepalive}`,
    `warntime: ${warntime}`,
    `deadtime: ${deadtime}`,
    `initdead: ${initdead}`,
    ...(config.timing ?? []),
  ];
  return [
    'cluster: lab',
    'nodes: [node1, node2]',
    'channels:',
    ...(entries ?? usual),
    'timing:',
    ...timing.map((line) => `  ${line}`),
    config.more ?? '',
    '',
  ].join('\n');
}

/** Writes the three config files to a node, on or off. */
export function configureNode(node: Host, config: PairConfig = {}): void {
  node.writeFile(`${configDir}/twinbeat.yaml`, pairYaml(config));
  node.writeFile(`${configDir}/haresources`, config.haresources ?? `node1 ${floatingAddress}/24/${lanDevice}\n`);
  node.writeFile(`${configDir}/authkeys`, authkeys, 0o600);
}

/**
 * Copies a config folder of the machine to a node, `resource.d` included.
 *
 * @throws {Error} when there is no such folder.
 */
export function copyConfig(node: Host, folder: string): void {
  const copy = (from: string, to: string): void => {
    for (const entry of readdirSync(from, { withFileTypes: true })) {
      const path = join(from, entry.name);
      if (entry.isDirectory()) copy(path, `${to}/${entry.name}`);
      else node.writeFile(`${to}/${entry.name}`, readFileSync(path), statSync(path).mode & 0o777);
    }
  };
  copy(resolve(folder), configDir);
}

/** True when the checkout has a daemon to start. */
export function hasDaemon(): boolean {
  return existsSync(join(projectDir, 'src/daemon/main.ts')) && existsSync(join(projectDir, 'bin/twinbeatd'));
}

/** The daemon of a node as a background process. `restartAfterMs` makes it come back, as systemd does. */
export function daemonService(node: Host, options: Partial<ServiceSpec> = {}): ServiceSpec {
  const argv = [
    join(projectDir, 'bin/twinbeatd'),
    '--config',
    `${configDir}/twinbeat.yaml`,
    '--node',
    node.name,
    '--state-dir',
    '/var/lib/twinbeat',
    '--run-dir',
    '/run/twinbeat',
  ];
  return { name: daemonName, argv, ...options };
}

/** Starts the daemon of a node, now and with each boot. */
export async function startDaemon(node: Host, options: Partial<ServiceSpec> = {}): Promise<number> {
  await node.run(['mkdir', '-p', '/var/lib/twinbeat', '/run/twinbeat']);
  return await node.start(daemonService(node, { atBoot: true, ...options }));
}

/** Runs `hactl` on a node. */
export async function hactl(node: Host, args: readonly string[], options: ExecOptions = {}): Promise<Finished> {
  return await node.exec([join(projectDir, 'bin/hactl'), ...args], options);
}
