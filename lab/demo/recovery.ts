import { nowMs, sleep } from '../clock.ts';
import { floatingAddress } from '../topology.ts';
import type { Checks } from './checks.ts';
import { ms } from './screen.ts';
import { copyByHand, dataFs, pace, readDataFs, siteGroup, switchSyncer, testDataFs } from './site.ts';
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

/** The second half: the way back. */
export const recoverySteps: readonly Step[] = [
  {
    name: 'master-boots',
    sentence: 'node1 has its power back, with a Data.fs from before.',
    isAboutZeo: false,
    run: masterBoots,
  },
  {
    name: 'takeover-refused',
    sentence: 'A hasty operator wants the site back on node1.',
    isAboutZeo: false,
    run: takeoverRefused,
  },
  {
    name: 'copy-back',
    sentence: 'Data.fs is copied from node2 to node1 while node2 serves, by hand: the daemon is not told of it.',
    isAboutZeo: true,
    run: copyBack,
  },
  {
    name: 'takeover-forced',
    sentence: 'The operator vouches for the copy. Everything stops on node2, one last sync runs, node1 starts.',
    isAboutZeo: true,
    run: takeoverForced,
  },
  {
    name: 'back-to-normal',
    sentence: 'The syncer of node2 is switched on again.',
    isAboutZeo: false,
    run: backToNormal,
  },
];

const exitRefused = 5;
const watchedMs = 3 * pace.deadMs;

async function masterBoots(stage: Stage, checks: Checks): Promise<void> {
  const { lab, watch } = stage;
  const boot = await lab.boot('node1');
  await watch.watch(lab.node1);
  await checks.soon('node1 is heard again', 15_000, async () => {
    return (await statusOf(lab.node2))?.nodes['node1']?.state === 'online';
  });
  await sleep(watchedMs);
  await checkNothingMoves(stage, checks, 'node2', boot.startedMs);
  checks.that('no site runs on node1', watch.last('node1', 'listens') === false);
  checks.that('nothing is copied to node1', watch.copies('node1', boot.startedMs).length === 0);
  await showHactl(stage, lab.node1, ['status']);
  const reports = await Promise.all(lab.nodes.map(async (node) => await statusOf(node)));
  checks.that(
    'both nodes say that recovery is required',
    reports.every((report) => report?.recovery.required === true),
  );
  const stale = reports[0]?.groups.find(({ name }) => name === siteGroup)?.stale;
  checks.that('node1 says that its copy is stale', stale === true);
}

async function takeoverRefused(stage: Stage, checks: Checks): Promise<void> {
  const { lab } = stage;
  const fromMs = nowMs();
  const refused = await showHactl(stage, lab.node1, ['takeover']);
  checks.that('it is refused: exit code 5', refused.code === exitRefused, () => `it ends with ${refused.code}`);
  const said = refused.stderr;
  checks.that('it says why: the copy is stale', /\bstale\b/.test(said), () => said);
  checks.that('it says what to type next', /--force --reason/.test(said), () => said);
  await sleep(pace.deadMs);
  await checkNothingMoves(stage, checks, 'node2', fromMs);
}

async function copyBack(stage: Stage, checks: Checks): Promise<void> {
  const { lab, screen } = stage;
  const fromMs = nowMs();
  // What only node1 has is kept: perhaps somebody misses it.
  await lab.node1.run(['cp', '-p', dataFs, `${dataFs}.before`]);
  const copied = await copyByHand(lab.node1);
  screen.note(copied.stdout.trim());
  checks.that('the copy is made', copied.code === 0, () => copied.stderr);
  const [copy, old] = [await readDataFs(lab.node1), await readDataFs(lab.node1, `${dataFs}.before`)];
  checks.that('it ends where a transaction ends', copy.size === copy.border);
  checks.that('it is newer than what node1 had', (copy.tid ?? '') > (old.tid ?? ''));
  const armed = await armedOn(lab.node1, 'node1');
  checks.that('the daemon, which was not told, goes on to call it stale', !armed.isArmed);
  await checkNothingMoves(stage, checks, 'node2', fromMs);
}

async function takeoverForced(stage: Stage, checks: Checks): Promise<void> {
  const { lab, client, probe, screen, zeo } = stage;
  const fromMs = nowMs();
  const args = ['takeover', '--force', '--reason', 'copied back by hand', '--wait'];
  const moved = await showHactl(stage, lab.node1, args);
  checks.that('hactl takeover --wait ends with 0', moved.code === 0, () => `it ends with ${moved.code}`);
  const holders = lab.addresses.holders(floatingAddress);
  checks.that('node1 holds the address, alone', holders.join() === 'node1', () => holders.join(' and '));
  checkOrder(stage, checks, fromMs);
  checkHolders(stage, checks, fromMs, movedWithinMs);
  await checkAnnounced(stage, checks, 'node1', fromMs);
  await checks.soon('the client commits again', 30_000, () => {
    const last = client.connections.at(-1);
    return last !== undefined && (client.commitAfter(moves(stage, fromMs)['listensMs'] ?? fromMs)?.number ?? 0) > 0;
  });
  const outage = await probe.outage(fromMs);
  const gap = await client.gap(fromMs);
  screen.note(`outage of the address: ${ms(outage.ms)}; no commit for ${ms(gap.ms)}`);
  await checkNothingLost(stage, checks, fromMs);
  if (zeo.ok) {
    const tested = await testDataFs(lab.node1, zeo);
    checks.that(
      "ZODB's fstest finds nothing wrong with Data.fs",
      tested.code === 0,
      () => tested.stdout + tested.stderr,
    );
  }
}

/** Stop of everything, a sync and the start of a server. */
const movedWithinMs = 15_000;

/** When the parts of the move happened. */
function moves({ lab, watch }: Stage, fromMs: number): Readonly<Record<string, number | undefined>> {
  const holdings = lab.addresses.holdings(floatingAddress);
  return {
    closedMs: watch.when('node2', 'listens', false, fromMs),
    releasedMs: holdings.findLast(({ host, toMs }) => host === 'node2' && toMs !== undefined)?.toMs,
    copiedMs: watch.copies('node1', fromMs).at(-1),
    offMs: watch.when('node1', 'flag', 'SYNCING=0', fromMs),
    takenMs: holdings.findLast(({ host }) => host === 'node1')?.fromMs,
    listensMs: watch.when('node1', 'listens', true, fromMs),
  };
}

function checkOrder(stage: Stage, checks: Checks, fromMs: number): void {
  const at = moves(stage, fromMs);
  const seen = (): string => JSON.stringify(at);
  const isBefore = (one: string, other: string): boolean => {
    const [oneMs, otherMs] = [at[one], at[other]];
    return oneMs !== undefined && otherMs !== undefined && oneMs >= fromMs && oneMs < otherMs;
  };
  checks.that('node2 stops in reverse: first the site, then the address', isBefore('closedMs', 'releasedMs'), seen);
  checks.that(
    'the last sync runs between stop and start',
    isBefore('closedMs', 'copiedMs') && isBefore('copiedMs', 'takenMs') && isBefore('copiedMs', 'listensMs'),
    seen,
  );
  checks.that('node1 has the address after node2 has given it up', isBefore('releasedMs', 'takenMs'), seen);
  checks.that('SYNCING=0 was written before the site listened on node1', isBefore('offMs', 'listensMs'), seen);
  checks.that('node1 starts from left to right: first the address', isBefore('takenMs', 'listensMs'), seen);
}

async function checkNothingLost({ lab, client }: Stage, checks: Checks, fromMs: number): Promise<void> {
  const connections = client.connections.filter(({ atMs }) => atMs > fromMs);
  const lost = connections.reduce((sum, one) => sum + one.lost, 0);
  checks.that('no commit is lost', lost === 0 && client.behind(fromMs).length === 0, () => `${lost} are`);
  const { number } = client;
  const found = await readDataFs(lab.node1);
  checks.that("the client's last commit is in node1's Data.fs", found.number >= number && number > 0, () => {
    return `the client has committed ${number}, Data.fs ends with ${found.number}`;
  });
}

async function backToNormal(stage: Stage, checks: Checks): Promise<void> {
  const { lab } = stage;
  const fromMs = nowMs();
  const switched = await switchSyncer(lab.node2, 'start');
  checks.that('the syncer of node2 is switched on', switched.code === 0, () => switched.stderr);
  await checks.soon('node2 is armed again', 10_000, async () => (await armedOn(lab.node1, 'node2')).isArmed);
  const reports = await Promise.all(lab.nodes.map(async (node) => await statusOf(node)));
  checks.that(
    'nobody asks for recovery any more',
    reports.every((report) => report?.recovery.required === false),
  );
  await checkNothingMoves(stage, checks, 'node1', fromMs);
  const shown = await showHactl(stage, lab.node1, ['status']);
  checks.that('hactl status ends with 0: all is well', shown.code === 0, () => `it ends with ${shown.code}`);
}
