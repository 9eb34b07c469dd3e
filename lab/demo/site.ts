import { fileURLToPath } from 'node:url';
import type { Finished } from '../command.ts';
import type { Host } from '../host.ts';
import type { Lab } from '../lab.ts';
import { programArgv } from '../namespaces.ts';
import { crossAddress, floatingAddress, lanDevice, type NodeName, otherNode } from '../topology.ts';
import { configureNode, type PairConfig, startDaemon } from '../twinbeat.ts';
import type { Zeo } from '../zeo.ts';

/** Short, so that a demo is: for copied data without a fence the defaults are 500 ms, 3 s and 10 s. */
export const pace = { keepaliveMs: 100, warnMs: 250, deadMs: 500, initdeadMs: 2000 } as const;
const demoTimings: PairConfig = {
  keepalive: `${pace.keepaliveMs}ms`,
  warntime: `${pace.warnMs}ms`,
  deadtime: `${pace.deadMs}ms`,
  initdead: `${pace.initdeadMs}ms`,
};

export const siteGroup = 'site';
export const zeoPort = 8100;
/** The how-to's run file, which mirrors the switch of the syncer. */
export const flagFile = '/var/run/syncPozo.status';

const projectDir = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
/** A place that each host has for itself. It must not be the one that the checkout lies in: that one is shared. */
const instanceDir = projectDir.startsWith('/opt/') ? '/srv/zope/instance0' : '/opt/zope/instance0';
const varDir = `${instanceDir}/var`;
export const dataFs = `${varDir}/Data.fs`;
const exportPort = 8101;
const syncEachSeconds = 1;

const syncerWords = [`${projectDir}/resource.d/syncer`, varDir, varDir] as const;

/** Puts the site, the config and the small servers around it on both nodes; node1's Data.fs is the only one. */
export async function prepareSite(lab: Lab, zeo: Zeo, timings: PairConfig = demoTimings): Promise<void> {
  for (const node of lab.nodes) {
    const name = node.name as NodeName;
    node.writeFile(`${instanceDir}/etc/zeo.conf`, zeoConf);
    node.writeFile(`${instanceDir}/bin/runzeo`, `#!/bin/sh\nexec ${runzeoOf(zeo)} "$@"\n`, 0o755);
    await node.run(['mkdir', '-p', varDir, '/var/lib/twinbeat']);
    const copy = copyArgv(name).join(' ');
    node.writeFile('/var/lib/twinbeat/syncer.command', `${copy}\n`);
    // The NFS export of the how-to, and its cron job. Both are there from boot on, as they would be.
    await node.start({
      name: 'export',
      argv: programArgv('../demo/inside/fileServer.py', '0.0.0.0', String(exportPort), varDir),
      atBoot: true,
    });
    const loop = `while sleep ${syncEachSeconds}; do ${[...syncerWords, 'sync'].join(' ')}; done`;
    await node.start({ name: 'cron', argv: ['bash', '-c', loop], atBoot: true });
    configureNode(node, { ...timings, haresources, more: groups });
  }
  await lab.node1.run([...makeArgv(zeo), dataFs]);
}

export async function startPair(lab: Lab): Promise<void> {
  await Promise.all(lab.nodes.map(async (node) => await startDaemon(node)));
}

/** The switch of the syncer on this node, as an operator turns it. */
export async function switchSyncer(node: Host, action: 'start' | 'stop'): Promise<Finished> {
  return await node.exec([...syncerWords, action]);
}

/** A copy that the daemon is not told of, as one by `cp` or `rsync`. */
export async function copyByHand(node: Host): Promise<Finished> {
  const [python, ...words] = copyArgv(node.name as NodeName, true);
  return await node.exec([python ?? '', ...words, varDir, varDir]);
}

/** What a Data.fs holds, read without ZODB and without touching it. */
export interface DataFs {
  readonly size: number;
  /** Where its last complete transaction ends. */
  readonly border: number;
  readonly transactions: number;
  readonly tid: string | null;
  /** The number of the client's last commit that it holds. */
  readonly number: number;
}

export async function readDataFs(node: Host, path: string = dataFs): Promise<DataFs> {
  const printed = await node.run([...programArgv('../demo/inside/dataFs.py', path)]);
  const found = JSON.parse(printed) as Omit<DataFs, 'number'> & { readonly note: string | null };
  return { ...found, number: Number(found.note ?? 0) };
}

/**
 * ZODB's own opinion of the structure of a Data.fs. Its server goes on writing, and a commit that is half written
 * looks damaged; what really is damaged is so the next time, too.
 */
export async function testDataFs(node: Host, zeo: Zeo): Promise<Finished> {
  if (!zeo.ok) throw new Error(zeo.sentence);
  const argv = [zeo.python, '-m', 'ZODB.scripts.fstest', dataFs];
  let tested = await node.exec(argv);
  for (let again = 1; again < fstestsMax && tested.code !== 0; again += 1) tested = await node.exec(argv);
  return tested;
}

const fstestsMax = 5;

export function clientArgv(zeo: Zeo, eachMs: number): readonly string[] {
  const [python = '', ...words] = programArgv('../demo/inside/siteClient.py');
  const args = [floatingAddress, String(zeoPort), String(eachMs)];
  // The client needs the virtual environment's packages, so none of the switches that leave them out.
  return zeo.ok ? [zeo.python, '-B', words.at(-1) ?? '', 'zeo', ...args] : [python, ...words, 'standIn', ...args];
}

export const watchArgv = programArgv('../demo/inside/siteWatch.py', flagFile, String(zeoPort), dataFs);

function copyArgv(node: NodeName, isByHand = false): readonly string[] {
  const peer = crossAddress[otherNode(node)];
  const options = isByHand ? ['--by-hand'] : [];
  const words = [...options, peer, String(exportPort), `${projectDir}/bin/hactl`, siteGroup];
  return programArgv('../demo/inside/copySite.py', ...words);
}

function runzeoOf(zeo: Zeo): string {
  return zeo.ok ? zeo.runzeo : programArgv('../demo/inside/standIn.py').join(' ');
}

function makeArgv(zeo: Zeo): readonly string[] {
  const make = fileURLToPath(new URL('inside/makeSite.py', import.meta.url));
  return zeo.ok ? [zeo.python, '-B', make] : programArgv('../demo/inside/standIn.py', '--make');
}

const zeoConf = `<zeo>
  address 0.0.0.0:${zeoPort}
  transaction-timeout 10
</zeo>
<filestorage 1>
  path ${dataFs}
</filestorage>
`;

/** The same place on both nodes: the syncer copies from the peer's to this one's. */
const haresources = `# group: ${siteGroup}
node1 ${floatingAddress}/24/${lanDevice} syncer::${varDir}::${varDir} zeo::${instanceDir}
`;

const groups = `groups:
  ${siteGroup}:
    data: copied
    resources:
      zeo: { monitor: 2s }
      syncer: { sync: 20s }`;
