import { nowMs, sleep } from '../clock.ts';
import { floatingAddress } from '../topology.ts';
import type { Checks } from './checks.ts';
import { ms } from './screen.ts';
import { pace, readDataFs, startPair, switchSyncer } from './site.ts';
import {
  armedOn,
  checkAnnounced,
  checkHolders,
  checkNothingMoves,
  type Stage,
  type Step,
  showHactl,
  statusOf,
} from './stage.ts';

/** The first half: two healthy hosts, cut cables, and the power cut. */
export const steps: readonly Step[] = [
  {
    name: 'start',
    sentence: 'The daemons of both nodes start; node1 is preferred.',
    isAboutZeo: true,
    run: start,
  },
  {
    name: 'first-sync',
    sentence: 'An operator switches the syncer of node2 on. It copies Data.fs each second.',
    isAboutZeo: true,
    run: firstSync,
  },
  { name: 'serial-cut', sentence: 'The serial cable is pulled.', isAboutZeo: false, run: serialCut },
  {
    name: 'cross-cut',
    sentence: 'The cross cable is pulled too: one channel is left, and a cut of it would look like a dead node.',
    isAboutZeo: false,
    run: crossCut,
  },
  { name: 'mend', sentence: 'Both cables are plugged in again.', isAboutZeo: false, run: mend },
  { name: 'power-cut', sentence: 'node1 loses its power.', isAboutZeo: true, run: powerCut },
];

/** From the start of the daemons to the first commit: a server with Python has to come up. */
const startWithinMs = 20_000;
const syncWithinMs = 10_000;
/** So long nothing must move: several deadtimes. */
const watchedMs = 3 * pace.deadMs;
/** Of the machine that all hosts share: it may run other things. */
const slackMs = 500;

async function start(stage: Stage, checks: Checks): Promise<void> {
  const { lab, probe, watch, client } = stage;
  const startedMs = nowMs();
  await startPair(lab);
  const answeredMs = await probe.answerFrom('node1', startedMs, startWithinMs);
  stage.screen.note(`the address answers ${ms(answeredMs - startedMs)} after the start`);
  await checks.soon('the client commits', startWithinMs, () => client.commitAfter(startedMs) !== undefined);
  await checks.soon('both nodes are online', startWithinMs, async () => {
    const [one, two] = await Promise.all([statusOf(lab.node1), statusOf(lab.node2)]);
    return one?.nodes['node2']?.state === 'online' && two?.nodes['node1']?.state === 'online';
  });
  const up = (await statusOf(lab.node2))?.channels.filter(({ state }) => state === 'up').map(({ name }) => name) ?? [];
  checks.that('two UDP channels and the serial one are up', up.length === 3, () => `up: ${up.join(', ')}`);
  const holders = lab.addresses.holders(floatingAddress);
  checks.that('node1 holds the address, alone', holders.join() === 'node1', () => holders.join(' and '));
  checks.that('the site runs on node1 only', watch.last('node1', 'listens') === true && isClosed(stage, 'node2'));
  checkHolders(stage, checks, answeredMs);
}

async function firstSync(stage: Stage, checks: Checks): Promise<void> {
  const { lab, watch } = stage;
  const before = await armedOn(lab.node1, 'node2');
  checks.that('node2 may not take over without a copy', !before.isArmed);
  const sinceMs = nowMs();
  const switched = await switchSyncer(lab.node2, 'start');
  checks.that('the syncer is switched on', switched.code === 0, () => switched.stderr);
  let seen = '';
  await checks.soon(
    'the first sync arms node2',
    syncWithinMs,
    async () => {
      const armed = await armedOn(lab.node1, 'node2');
      seen = armed.sentence;
      return armed.isArmed;
    },
    () => `${seen}; ${lab.node2.readLog('cron').trim().split('\n').at(-1)}`,
  );
  const isCopied = (): boolean => watch.copies('node2', sinceMs).length >= 2;
  await checks.soon('the next sync follows by itself', syncWithinMs, isCopied);
  const [original, copy] = [await readDataFs(lab.node1), await readDataFs(lab.node2)];
  checks.that('the copy ends where a transaction ends', copy.size === copy.border && copy.transactions > 1);
  stage.screen.note(`the copy has ${copy.transactions} transactions, the original ${original.transactions} by now`);
}

async function serialCut(stage: Stage, checks: Checks): Promise<void> {
  const { lab } = stage;
  const cut = await lab.cut('serial');
  await checks.soon('both nodes see the channel down', 5000, async () => await areDown(stage, ['serial']));
  await sleep(watchedMs);
  await checkNothingMoves(stage, checks, 'node1', cut.startedMs);
  const status = await statusOf(lab.node1);
  checks.that('two media are left: no jeopardy', status?.jeopardy === false);
}

async function crossCut(stage: Stage, checks: Checks): Promise<void> {
  const { lab } = stage;
  const cut = await lab.cut('cross');
  await checks.soon('both nodes see both channels down', 5000, async () => await areDown(stage, ['serial', 'cross']));
  await sleep(watchedMs);
  await checkNothingMoves(stage, checks, 'node1', cut.startedMs);
  const shown = await showHactl(stage, lab.node2, ['status']);
  const reports = await Promise.all(lab.nodes.map(async (node) => await statusOf(node)));
  checks.that(
    'both nodes say jeopardy',
    reports.every((report) => report?.jeopardy === true),
  );
  checks.that('hactl status ends with 3: degraded', shown.code === 3, () => `it ends with ${shown.code}`);
}

async function mend(stage: Stage, checks: Checks): Promise<void> {
  const { lab } = stage;
  const mended = await lab.mend('serial', 'cross');
  await checks.soon('all channels are up again', 10_000, async () => await areDown(stage, []));
  await checks.soon('a sync gets through again', syncWithinMs, () => {
    return stage.watch.copies('node2', mended.doneMs).length > 0;
  });
  await checkNothingMoves(stage, checks, 'node1', mended.startedMs);
  await checks.soon('hactl status ends with 0: all is well', 5000, async () => {
    const codes = await Promise.all(lab.nodes.map(async (node) => (await node.exec(statusArgv)).code));
    return codes.every((code) => code === 0);
  });
}

async function powerCut(stage: Stage, checks: Checks): Promise<void> {
  const { lab, probe, watch, client, screen } = stage;
  const cut = await lab.powerCut('node1');
  const takenMs = await probe.answerFrom('node2', cut.startedMs, 10_000);
  const outage = await probe.outage(cut.startedMs - 50, takenMs);
  const boundMs = pace.deadMs + slackMs;
  const name = `node2 answers for the address within deadtime + ${slackMs} ms`;
  checks.that(name, outage.ms <= boundMs, () => `it took ${ms(outage.ms)}`);
  screen.note(`outage of the address: ${ms(outage.ms)}`);
  await checkAnnounced(stage, checks, 'node2', cut.startedMs);
  const commitMs = await checks.soon('the client commits again', 30_000, () => {
    return client.connections.some(({ atMs }) => atMs > takenMs) && client.commitAfter(takenMs) !== undefined;
  });
  const offMs = watch.when('node2', 'flag', 'SYNCING=0', cut.startedMs);
  const listensMs = watch.when('node2', 'listens', true, cut.startedMs);
  checks.that(
    'SYNCING=0 was written before the site listened on node2',
    offMs !== undefined && listensMs !== undefined && offMs < listensMs,
    () => `written at ${offMs}, listening at ${listensMs}`,
  );
  if (offMs !== undefined && listensMs !== undefined) screen.note(`${ms(listensMs - offMs)} earlier`);
  checkLoss(stage, checks, cut.startedMs);
  checkHolders(stage, checks, cut.startedMs, boundMs);
  if (commitMs !== undefined) {
    const gap = await client.gap(cut.startedMs - 200, nowMs());
    screen.note(`no commit for ${ms(gap.ms)}: the server starts, and the client has to find it`);
  }
}

/** What was committed since the last sync began is lost, and the client of a server gone back in time begins anew. */
function checkLoss({ watch, client, screen, zeo }: Stage, checks: Checks, cutMs: number): void {
  const lost = client.connections.filter(({ atMs }) => atMs > cutMs).reduce((sum, one) => sum + one.lost, 0);
  const copiedMs = watch.copies('node2', 0).findLast((atMs) => atMs <= cutMs) ?? 0;
  // A sync reads the file a moment before the copy appears.
  const isRecent = client.numberAt(cutMs) - client.numberAt(copiedMs - readToRenameMs) >= lost;
  checks.that('only commits after the last sync are lost', isRecent, () => `${lost} are`);
  const behind = client.behind(cutMs);
  // The stand-in's client does not mind.
  if (zeo.ok) {
    checks.that('a client that has seen more than the copy begins anew', lost === 0 || behind.length === 1, () => {
      return `${lost} commits are lost, and it began anew ${behind.length} times`;
    });
  }
  screen.note(`${lost} commits since the last sync are lost: the price of copying instead of mirroring`);
}

const readToRenameMs = 1000;
const statusArgv = [new URL('../../bin/hactl', import.meta.url).pathname, 'status'] as const;

function isClosed({ watch }: Stage, node: 'node1' | 'node2'): boolean {
  return watch.last(node, 'listens') !== true;
}

/** Whether exactly these channels are not up, on both nodes. */
async function areDown({ lab }: Stage, names: readonly string[]): Promise<boolean> {
  const reports = await Promise.all(lab.nodes.map(async (node) => await statusOf(node)));
  return reports.every((report) => {
    const down = report?.channels.filter(({ state }) => state !== 'up').map(({ name }) => name);
    return down?.toSorted().join() === names.toSorted().join();
  });
}
