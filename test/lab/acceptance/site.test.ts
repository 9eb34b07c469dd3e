import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { nowMs, patienceMs, until } from '../../../lab/clock.ts';
import {
  clientArgv,
  dataFs,
  flagFile,
  prepareSite,
  readDataFs,
  siteGroup,
  startPair,
  switchSyncer,
  zeoPort,
} from '../../../lab/demo/site.ts';
import { SiteClient } from '../../../lab/demo/siteClient.ts';
import { SiteWatch } from '../../../lab/demo/siteWatch.ts';
import type { Host } from '../../../lab/host.ts';
import type { Lab } from '../../../lab/lab.ts';
import { calm, isArmed, LabPair } from '../../../lab/pair.ts';
import { configDir, hactl } from '../../../lab/twinbeat.ts';
import { prepareZeo, type Zeo } from '../../../lab/zeo.ts';
import type { StatusReport } from '../../../src/control/controlProtocol.ts';
import { row } from './row.ts';

const instanceDir = dirname(dirname(dataFs));
const resourceDir = join(import.meta.dirname, '../../../resource.d');
const zeoScript = [`${resourceDir}/zeo`, instanceDir];
/** The syncer's loop on a node, which runs each second, and its log. */
const cronLog = 'cron';
const declined = 'NOT SYNCING FROM MASTER';

siteRow('A5: at a takeover the syncer is off before ZEO starts, wherever the line names it', async (lab, site) => {
  for (const node of lab.nodes) {
    // The syncer last: it stops first all the same.
    const words = node.readFile(`${configDir}/haresources`).trimEnd().split(' ');
    const syncer = words.find((word) => word.startsWith('syncer')) ?? '';
    node.writeFile(`${configDir}/haresources`, `${words.filter((word) => word !== syncer).join(' ')} ${syncer}\n`);
    const run = node.readFile(`${instanceDir}/bin/runzeo`);
    const note = `cat ${flagFile} >> /var/log/lab/flagAtStart.log`;
    node.writeFile(`${instanceDir}/bin/runzeo`, run.replace('\nexec', `\n${note}\nexec`), 0o755);
  }
  const pair = await upWithCopy(lab);
  const watch = new SiteWatch();
  await watch.watch(lab.node2);
  assert.equal(watch.last('node2', 'flag'), 'SYNCING=1', 'the syncer is on');

  const cut = await lab.powerCut('node1');
  await pair.untilActive('node2');
  const offMs = watch.when('node2', 'flag', 'SYNCING=0', cut.startedMs);
  const listensMs = watch.when('node2', 'listens', true, cut.startedMs);
  await watch.stop();
  assert.ok(offMs !== undefined, 'the flag says SYNCING=0');
  assert.ok(listensMs !== undefined && offMs < listensMs, 'the flag says SYNCING=0 before ZEO listens');
  assert.equal(lab.node2.readLog('flagAtStart'), 'SYNCING=0\n', 'the flag says SYNCING=0 when ZEO is started');
  assert.ok(site.ok);
});

siteRow('A6: a takeover ends the sync that runs, and none runs again until an operator says so', async (lab) => {
  const pair = await upWithCopy(lab);
  const touched = `${dirname(dataFs)}/touched`;
  // A sync that goes on writing for as long as it lives.
  lab.node2.writeFile('/var/lib/slowSync', `#!/bin/sh\nwhile :; do echo >> ${touched}; sleep 0.02; done\n`, 0o755);
  lab.node2.writeFile('/var/lib/twinbeat/syncer.command', '/var/lib/slowSync\n');
  await until('a sync runs on node2', patienceMs, () => exists(lab.node2, touched));

  await lab.powerCut('node1');
  await pair.untilActive('node2');
  const isSyncing = async (): Promise<boolean> =>
    (await lab.node2.processes()).some(({ argv }) => argv.includes('/var/lib/slowSync'));
  assert.equal(await isSyncing(), false, 'the running sync is ended');
  const before = await fingerprint(lab.node2, touched, dataFs);

  // The master returns with its older file, and the syncer's loop goes on asking on both nodes.
  await lab.boot('node1');
  await pair.until('node2', 'node1 is back, and behind', isRecoveryRequired);
  await untilDeclined(lab.node2, 3);
  assert.equal(await fingerprint(lab.node2, touched, dataFs), before, 'the slave file was touched');
  assert.equal(await isSyncing(), false, 'no sync runs');

  // Not even a reboot switches it on.
  await lab.powerCut('node2');
  await lab.boot('node2');
  await pair.untilActive('node2');
  await untilDeclined(lab.node2, 2);
  assert.equal(await fingerprint(lab.node2, touched, dataFs), before, 'the slave file was touched');
  assert.equal(await isSyncerOn(lab.node2), false, 'the syncer is off');
  assert.equal((await switchSyncer(lab.node2, 'start')).code, 0);
  assert.equal(await isSyncerOn(lab.node2), true, 'an operator can switch it on');
});

siteRow('A7: ZEO is down on the standby, also one that somebody started by hand', async (lab) => {
  const started = await lab.node2.exec([...zeoScript, 'start']);
  assert.equal(started.code, 0, started.stderr);
  assert.equal(await listens(lab.node2), true);
  const pair = LabPair.of(lab);
  await startPair(lab);
  await until('ZEO is down on node2', patienceMs, async () => !(await listens(lab.node2)));
  await pair.untilActive('node1');
  await pair.letBeat('node2', 10);
  assert.equal(await listens(lab.node2), false, 'the port is closed on the standby');
  assert.equal(await isLocked(lab.node2), false, 'Data.fs is free on the standby');
  assert.equal(await listens(lab.node1), true, 'the port is open on the owner');
  assert.equal(await isLocked(lab.node1), true, 'Data.fs is locked on the owner');
});

siteRow(
  'A9: a ZEO client commits again after a takeover, when the copy has all that it has seen',
  async (lab, site) => {
    const pair = await upWithCopy(lab);
    // Seldom enough that the copy is complete between two commits.
    const client = lab.keep(await SiteClient.start(lab.client, clientArgv(site, 5000)));
    await until('the copy has the last commit, and the next one is far', 30_000, async () => {
      const copied = await numberIn(lab.node2);
      return copied > 0 && copied === client.number && client.numberAt(nowMs() - 2000) < copied;
    });
    const cut = await lab.powerCut('node1');
    await pair.untilActive('node2');
    await until('the client commits again', 25_000, () => client.commitAfter(cut.doneMs) !== undefined);
    assert.deepEqual(client.behind(cut.startedMs), [], 'the client did not have to begin anew');
    await until(
      'the commit is in the new owner’s Data.fs',
      5000,
      async () => (await numberIn(lab.node2)) >= client.number,
    );
  },
);

siteRow(
  'A9: a ZEO client that has seen more than the copy holds is noticed, begins anew, and commits',
  async (lab, site) => {
    const pair = await upWithCopy(lab);
    const client = lab.keep(await SiteClient.start(lab.client, clientArgv(site, 20)));
    await endSyncs(lab.node2);
    await until('the copy lags behind the commits', 15_000, async () => {
      return client.number > 10 && (await numberIn(lab.node2)) < client.number - 3;
    });
    // ZEO waits for the answer to a finish without a bound: one that the dead server took along would hang the client until
    // TCP gives up. The frozen client has its answer when the power goes.
    await lab.freeze('client');
    await pair.letBeat('node1', 3);
    const cut = await lab.powerCut('node1');
    await lab.thaw('client');
    await pair.untilActive('node2');
    await until('the client notices that the server is behind', 25_000, () => client.behind(cut.startedMs).length > 0);
    const [noticed] = client.behind(cut.startedMs);
    await until('the client commits again', 20_000, () => client.commitAfter(noticed?.atMs ?? nowMs()) !== undefined);
    const lost = client.connections.at(-1)?.lost ?? 0;
    assert.ok(lost > 0, 'it says how many commits the copy lacks');
  },
);

siteRow(
  'A11: a master that comes back moves nothing, holds nothing, and says that recovery is required',
  async (lab) => {
    const pair = await upWithCopy(lab);
    await lab.powerCut('node1');
    const active = await pair.untilActive('node2');
    const beganMs = nowMs();
    await lab.boot('node1');
    for (const node of ['node1', 'node2'] as const) await pair.until(node, 'recovery is required', isRecoveryRequired);
    await pair.letBeat('node1', 20);
    pair.assertNothingMoved('node2', beganMs);
    const now = await pair.status('node2');
    assert.deepEqual(now?.groups[0]?.epoch, active.groups[0]?.epoch, 'nothing moves: the epoch is the same');
    assert.equal(await listens(lab.node1), false, 'ZEO is down on the returned master');
    assert.equal(await isLocked(lab.node1), false, 'the returned master holds nothing');

    const shown = await hactl(lab.node1, ['status']);
    assert.match(shown.stdout, /recover/i, 'hactl status says what is required');
    const refused = await hactl(lab.node1, ['takeover']);
    assert.equal(refused.code, 5, `a takeover there is refused: ${refused.stdout}${refused.stderr}`);
    assert.match(refused.stdout + refused.stderr, new RegExp(`stale for group ${siteGroup}`), 'and it says why');
    pair.assertNothingMoved('node2', beganMs);
  },
);

function siteRow(title: string, body: (lab: Lab, site: Zeo) => Promise<void>): void {
  row(title, async (lab, t) => {
    const site = await realZeo(t);
    if (site === undefined) return;
    await prepareSite(lab, site, calm);
    await body(lab, site);
  });
}

async function realZeo(t: TestContext): Promise<Zeo | undefined> {
  const zeo = await prepareZeo();
  if (zeo.ok) return zeo;
  if (process.env['CI'] !== undefined) throw new Error(zeo.sentence);
  t.skip(zeo.sentence);
  return undefined;
}

/** The site is up on node1, the syncer is on at node2, and has made a copy that could serve. */
async function upWithCopy(lab: Lab): Promise<LabPair> {
  const pair = LabPair.of(lab);
  await startPair(lab);
  await pair.untilActive('node1');
  assert.equal((await switchSyncer(lab.node2, 'start')).code, 0);
  await pair.until('node1', 'node2 has a copy', ({ groups }) => groups.every((group) => isArmed(group, 'node2')));
  return pair;
}

function isRecoveryRequired({ recovery, nodes }: StatusReport): boolean {
  return recovery.required && Object.values(nodes).every(({ state }) => state === 'online');
}

/** Until the syncer's loop has declined so many times more. */
async function untilDeclined(node: Host, count: number): Promise<void> {
  const times = (): number => node.readLog(cronLog).split(declined).length;
  const before = times();
  await until(`the syncer of ${node.name} says ${declined}`, 10_000, () => times() >= before + count);
}

/** From here on the copy stays as it is; the switch stays on. */
async function endSyncs(node: Host): Promise<void> {
  await node.disable(cronLog);
  await node.kill(cronLog);
  const isSyncing = async (): Promise<boolean> =>
    (await node.processes()).some(
      ({ argv }) => argv.at(-1) === 'sync' || argv.some((word) => word.endsWith('/copySite.py')),
    );
  await until('no sync runs', 15_000, async () => !(await isSyncing()));
}

async function isSyncerOn(node: Host): Promise<boolean> {
  const place = dirname(dataFs);
  return (await node.exec([`${resourceDir}/syncer`, place, place, 'status'])).code === 0;
}

async function exists(node: Host, path: string): Promise<boolean> {
  return (await node.exec(['test', '-s', path])).code === 0;
}

async function fingerprint(node: Host, ...paths: readonly string[]): Promise<string> {
  return await node.run(['sha256sum', ...paths]);
}

async function listens(node: Host): Promise<boolean> {
  return (await node.exec(['bash', '-c', `: < /dev/tcp/127.0.0.1/${zeoPort}`])).code === 0;
}

async function isLocked(node: Host): Promise<boolean> {
  const lock = `${dataFs}.lock`;
  return (await node.exec(['sh', '-c', `[ -e ${lock} ] && ! flock -n ${lock} true`])).code === 0;
}

async function numberIn(node: Host): Promise<number> {
  return (await readDataFs(node)).number;
}
