import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import type { TestContext } from 'node:test';

/** Runs a program in a network namespace of its own, where it is root. */
export const unshareWords: readonly string[] = ['--user', '--map-root-user', '--net', '--'];

/** False after the test was skipped, or failed where `CI` is set. */
export function canPretendLans(t: TestContext): boolean {
  const probe = spawnSync('unshare', [...unshareWords, 'ip', 'link', 'add', 'name', 'a0', 'type', 'veth']);
  if (probe.status === 0) return true;
  const sentence = 'no user namespaces, or no ip: sysctl -w kernel.unprivileged_userns_clone=1; apt install iproute2';
  if (process.env['CI'] !== undefined) throw new Error(sentence);
  t.skip(sentence);
  return false;
}

export function ip(command: string): void {
  execFileSync('ip', command.split(' '), { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Both ends of a cable are in one machine here, which must believe that; and addresses work at once. */
export function allowShortCables(): void {
  writeFileSync('/proc/sys/net/ipv4/conf/all/accept_local', '1');
  for (const name of ['all', 'default']) writeFileSync(`/proc/sys/net/ipv6/conf/${name}/accept_dad`, '0');
}

/** A cable with a device at each end: `a0` and `b0` for LAN 0. */
export function layCable(lan: number): void {
  ip(`link add name a${lan} type veth peer name b${lan}`);
  for (const end of ['a', 'b'] as const) {
    ip(`addr add 10.9.${lan}.${end === 'a' ? 1 : 2}/24 dev ${end}${lan}`);
    ip(`addr add fd00:9:0:${lan}::${end === 'a' ? 1 : 2}/64 dev ${end}${lan}`);
    ip(`link set ${end}${lan} up`);
  }
}
