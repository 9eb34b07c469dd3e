import type { CutName } from '../cuts.ts';
import type { Host } from '../host.ts';
import { Lab } from '../lab.ts';
import { hostEnv } from '../service.ts';
import { floatingAddress, type HostName, hostNames } from '../topology.ts';
import { configureNode, copyConfig, daemonName, hasDaemon, startDaemon } from '../twinbeat.ts';
import { clearLabDir, listen, type Request } from './socket.ts';

export interface LabStatus {
  readonly mode: string;
  readonly cuts: readonly string[];
  readonly floating: { readonly address: string; readonly holders: readonly string[] };
  readonly hosts: readonly {
    readonly name: string;
    readonly state: 'on' | 'off' | 'frozen';
    readonly bootId: string | undefined;
    readonly daemon: 'runs' | 'does not run' | undefined;
  }[];
}

/** What a caller needs to run a command on a host by itself, with its own terminal. */
export interface Entrance {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** As systemd would, so that `kill node1 twinbeatd` shows a restart. */
const restartAfterMs = 500;

/** Holds a lab, and does what is asked through the socket, until `down`. */
export async function supervise(configFolder: string | undefined): Promise<void> {
  const lab = await Lab.create();
  if (hasDaemon()) {
    for (const node of lab.nodes) {
      if (configFolder === undefined) configureNode(node);
      else copyConfig(node, configFolder);
      await startDaemon(node, { restartAfterMs });
    }
  }
  const server = await listen(async (request) => await handle(lab, request, down));
  process.once('SIGTERM', down);
  process.once('SIGINT', down);

  function down(): void {
    server.close();
    void lab.close().then(() => {
      clearLabDir();
      process.exit(0);
    });
  }
}

async function handle(lab: Lab, { verb, args }: Request, down: () => void): Promise<unknown> {
  switch (verb) {
    case 'status':
      return statusOf(lab);
    case 'enter': {
      const host = hostOf(lab, args[0]);
      return { argv: host.enterArgv, env: hostEnv() } satisfies Entrance;
    }
    case 'cut':
      return await lab.cut(...(args as CutName[]));
    case 'mend':
      return await (args[0] === 'all' ? lab.mendAll() : lab.mend(...(args as CutName[])));
    case 'kill': {
      const host = hostOf(lab, args[0]);
      return await (args[1] === undefined ? lab.powerCut(host.name) : host.kill(args[1]));
    }
    case 'boot':
      return await lab.boot(hostOf(lab, args[0]).name);
    case 'freeze':
      return await lab.freeze(hostOf(lab, args[0]).name);
    case 'thaw':
      return await lab.thaw(hostOf(lab, args[0]).name);
    case 'log':
      return hostOf(lab, args[0]).readLog(args[1] ?? daemonName);
    case 'down':
      // After the answer is on its way.
      setTimeout(down, 20);
      return undefined;
    default:
      throw new Error(`the lab does not know "${verb}"`);
  }
}

function hostOf(lab: Lab, name: string | undefined): Host {
  const known = hostNames.find((candidate): candidate is HostName => candidate === name);
  if (known === undefined) throw new Error(`there is no host "${name ?? ''}"; there are: ${hostNames.join(' ')}`);
  return lab.host(known);
}

function statusOf(lab: Lab): LabStatus {
  return {
    mode: lab.mode,
    cuts: lab.cuts,
    floating: { address: floatingAddress, holders: lab.addresses.holders(floatingAddress) },
    hosts: lab.hosts.map((host) => ({
      name: host.name,
      state: host.isOn ? (host.isFrozen ? 'frozen' : 'on') : 'off',
      bootId: host.isOn ? host.bootId : undefined,
      daemon: host.name === 'client' || !hasDaemon() ? undefined : host.pidOf(daemonName) ? 'runs' : 'does not run',
    })),
  };
}
