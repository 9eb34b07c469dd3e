import { execFileSync, spawn } from 'node:child_process';
import type { TestContext } from 'node:test';

/**
 * Two pretended machines on one cable, each in a network namespace of its own, inside a user namespace so that
 * no root is needed: `host`, where the runner works, and `peer`, the rest of the LAN.
 */
export interface PretendedNetwork {
  /** Words that put a command on the machine. */
  readonly hostPrefix: readonly string[];
  readonly peerPrefix: readonly string[];
  host(command: string): string;
  peer(command: string): string;
}

const setup = `
set -e
ip link set lo up
unshare -n sleep 600 & peer=$!
while [ "$(readlink /proc/$peer/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.02; done
ip link add eth0 address 02:00:00:00:00:01 type veth peer name eth0 address 02:00:00:00:00:02 netns $peer
ip link add eth1 type veth peer name eth2
ip link set eth0 up
nsenter -n -t $peer sh -c 'ip link set lo up; ip link set eth0 up; ip addr add 10.77.0.2/24 dev eth0; ip addr add fd77::2/64 dev eth0 nodad'
echo ready $$ $peer
wait
`;

/** Undefined where namespaces are not allowed: the test is skipped then, or fails in CI. */
export async function makeNetwork(t: TestContext): Promise<PretendedNetwork | undefined> {
  const child = spawn('unshare', ['-Urn', '--kill-child', 'bash', '-c', setup], {
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  t.after(() => {
    try {
      process.kill(-(child.pid ?? 0), 'SIGKILL');
    } catch {
      // It ended by itself.
    }
  });
  const ready = await new Promise<string>((resolve) => {
    let text = '';
    const take = (part: Buffer): void => {
      text += part.toString();
      if (text.includes('ready')) resolve(text);
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    child.on('error', (error) => resolve(error.message));
    child.on('exit', () => resolve(text));
  });
  const [, host, peer] = /ready (\d+) (\d+)/.exec(ready) ?? [];
  if (host === undefined || peer === undefined) {
    const reason = `no user namespace with a network here (${ready.trim()}); run as root, or sysctl kernel.unprivileged_userns_clone=1`;
    if (process.env['CI'] === 'true') throw new Error(reason);
    t.skip(reason);
    return undefined;
  }
  const enter = (pid: string): readonly string[] => ['nsenter', '--preserve-credentials', '-U', '-n', '-t', pid];
  const run = (prefix: readonly string[], command: string): string =>
    execFileSync(prefix[0] ?? '', [...prefix.slice(1), 'sh', '-c', command], { encoding: 'utf8' });
  return {
    hostPrefix: enter(host),
    peerPrefix: enter(peer),
    host: (command) => run(enter(host), command),
    peer: (command) => run(enter(peer), command),
  };
}
