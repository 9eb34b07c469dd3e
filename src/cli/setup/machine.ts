import { readdir, readFile, readlink } from 'node:fs/promises';
import { hostname, networkInterfaces } from 'node:os';
import { basename, join } from 'node:path';

/** What this machine has that a channel could use. */
export interface Machine {
  readonly hostName: string;
  readonly addresses: readonly LocalAddress[];
  readonly serialPorts: readonly string[];
}

export interface LocalAddress {
  readonly device: string;
  readonly address: string;
  /** `192.168.1.10/24` */
  readonly cidr: string;
}

/** Looks at the machine without starting a process. */
export async function lookAtMachine(root = '/'): Promise<Machine> {
  const hostName = (hostname().split('.')[0] ?? '').toLowerCase();
  return { hostName, addresses: localAddresses(), serialPorts: await serialPorts(root) };
}

/** One for each device: its first IPv4 address, else its first global IPv6 one. */
function localAddresses(): readonly LocalAddress[] {
  const found = new Map<string, LocalAddress>();
  for (const family of ['IPv4', 'IPv6'] as const) {
    for (const [label, all = []] of Object.entries(networkInterfaces())) {
      const device = label.split(':')[0] ?? label;
      const first = all.find(
        (one) => one.family === family && !one.internal && !one.address.toLowerCase().startsWith('fe80:'),
      );
      if (first === undefined || found.has(device)) continue;
      found.set(device, { device, address: first.address, cidr: first.cidr ?? first.address });
    }
  }
  return [...found.values()];
}

/** More than a machine has; a broken /dev must not become endless questions. */
const portsMax = 16;

/** UARTs that exist (`/dev/ttyS31` is there without one), and USB adapters by the name that stays with the plug. */
async function serialPorts(root: string): Promise<readonly string[]> {
  const names = await readdir(join(root, 'dev')).catch(() => []);
  const byId = await usbNames(root);
  const ports: string[] = [];
  for (const name of names.toSorted((a, b) => a.localeCompare(b, 'en', { numeric: true }))) {
    if (/^ttyS\d+$/.test(name) && (await hasUart(root, name))) ports.push(`/dev/${name}`);
    if (/^tty(USB|ACM)\d+$/.test(name)) ports.push(byId.get(name) ?? `/dev/${name}`);
  }
  return ports.slice(0, portsMax);
}

/** The kernel writes 0 for a port without hardware (PORT_UNKNOWN of serial_core.h). */
async function hasUart(root: string, name: string): Promise<boolean> {
  const type = await readFile(join(root, 'sys/class/tty', name, 'type'), 'utf8').catch(() => '0');
  return Number(type.trim()) > 0;
}

async function usbNames(root: string): Promise<ReadonlyMap<string, string>> {
  const folder = join(root, 'dev/serial/by-id');
  const names = await readdir(folder).catch(() => []);
  const targets = await Promise.all(
    names.map(
      async (name) =>
        [basename(await readlink(join(folder, name)).catch(() => '')), `/dev/serial/by-id/${name}`] as const,
    ),
  );
  return new Map(targets);
}
