import { readFile } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';

/** The device that has this address now; `fe80::1%eth0` names it. Never throws: undefined where the kernel does not say. */
export function deviceOf(address: string): string | undefined {
  const [plain = '', scope] = address.split('%');
  if (scope !== undefined) return scope;
  const found = Object.entries(allDevices()).find(([, all]) => all?.some((one) => one.address === plain));
  // An address with a label, eth0:0, is one of eth0.
  return found?.[0].split(':')[0];
}

/** Too many open files, or a sandbox without AF_NETLINK: it throws. */
function allDevices(): ReturnType<typeof networkInterfaces> {
  try {
    return networkInterfaces();
  } catch {
    return {};
  }
}

/** Undefined when there is no such device. */
export async function mtuOf(device: string): Promise<number | undefined> {
  const text = await readFile(`/sys/class/net/${device}/mtu`, 'utf8').catch(() => '');
  const mtu = Number(text.trim());
  return text === '' || !Number.isInteger(mtu) ? undefined : mtu;
}
