import type { StatusReport } from '../../src/control/controlProtocol.ts';
import type { AnnouncementWatch } from '../announcementWatch.ts';
import { nowMs } from '../clock.ts';
import type { Finished } from '../command.ts';
import type { Host } from '../host.ts';
import type { Lab } from '../lab.ts';
import type { OutageProbe } from '../outageProbe.ts';
import { floatingAddress, lanMac, type NodeName } from '../topology.ts';
import { hactl } from '../twinbeat.ts';
import type { Zeo } from '../zeo.ts';
import type { Checks } from './checks.ts';
import type { Screen } from './screen.ts';
import { prepareSite, siteGroup } from './site.ts';
import { SiteClient } from './siteClient.ts';
import { SiteWatch } from './siteWatch.ts';

/** Everything that the steps act on and look at. */
export interface Stage {
  readonly lab: Lab;
  readonly zeo: Zeo;
  readonly screen: Screen;
  readonly probe: OutageProbe;
  readonly announcements: AnnouncementWatch;
  readonly watch: SiteWatch;
  readonly client: SiteClient;
}

/** A step of the story. It tells `checks` what it found, and throws only where it cannot go on. */
export interface Step {
  readonly name: string;
  readonly sentence: string;
  /** Without a real ZEO it has not shown what it is there for. */
  readonly isAboutZeo: boolean;
  run(stage: Stage, checks: Checks): Promise<void>;
}

/** Between two commits of the client. */
export const commitEachMs = 50;

export async function setStage(lab: Lab, zeo: Zeo, screen: Screen, argv: readonly string[]): Promise<Stage> {
  await prepareSite(lab, zeo);
  const watch = new SiteWatch();
  const [probe, announcements] = await Promise.all([
    lab.probe(floatingAddress),
    lab.announcements(),
    ...lab.nodes.map(async (node) => await watch.watch(node)),
  ]);
  const client = await SiteClient.start(lab.client, argv);
  return { lab, zeo, screen, probe, announcements, watch, client };
}

export async function statusOf(node: Host): Promise<StatusReport | undefined> {
  const { stdout } = await hactl(node, ['status', '--json']);
  try {
    return JSON.parse(stdout) as StatusReport;
  } catch {
    return undefined; // It does not answer yet; the check says so.
  }
}

/** Runs hactl on a node, and shows both what was typed and what came. */
export async function showHactl({ screen }: Stage, node: Host, args: readonly string[]): Promise<Finished> {
  const finished = await hactl(node, args);
  const words = args.map((word) => (word.includes(' ') ? `"${word}"` : word)).join(' ');
  // Of a status the first parts are about what happens here.
  const [shown = ''] = finished.stdout.split('\nNODES\n');
  screen.command(`${node.name}# hactl ${words}`, `${shown}${finished.stderr}`);
  return finished;
}

/** Whether the copy on `node` may serve, as `asked` sees it; else why not. */
export async function armedOn(asked: Host, node: NodeName): Promise<{ isArmed: boolean; sentence: string }> {
  const status = await statusOf(asked);
  const armed = status?.groups.find(({ name }) => name === siteGroup)?.armed[node];
  return { isArmed: armed?.armed === true, sentence: armed?.because.sentence ?? `${asked.name} says nothing of it` };
}

/** The address was on exactly one node all the time, except for `noneMs` with nobody. */
export function checkHolders(stage: Stage, checks: Checks, fromMs: number, noneMs = 0): void {
  const { addresses } = stage.lab;
  const toMs = nowMs();
  const twice = addresses.heldTwice(floatingAddress, fromMs, toMs);
  checks.that('never two nodes hold the address', twice.length === 0, () => JSON.stringify(twice));
  const holes = addresses.heldByNobody(floatingAddress, fromMs, toMs);
  const longestMs = Math.max(0, ...holes.map((hole) => hole.toMs - hole.fromMs));
  const name = noneMs === 0 ? 'always one node holds it' : 'nobody holds it only between the two';
  const allowed = noneMs === 0 ? 0 : 1;
  const isRight = holes.length <= allowed && longestMs <= noneMs;
  checks.that(name, isRight, () => `${holes.length} times nobody does, ${Math.round(longestMs)} ms at the longest`);
}

/** The site goes on where it was, for so long. */
export async function checkNothingMoves(stage: Stage, checks: Checks, owner: NodeName, fromMs: number): Promise<void> {
  const { lab, client } = stage;
  const holders = lab.addresses.holders(floatingAddress);
  const isAlone = holders.length === 1 && holders[0] === owner;
  checks.that(`${owner} still holds the address, alone`, isAlone, () => `held by ${holders.join(', ') || 'nobody'}`);
  checkHolders(stage, checks, fromMs);
  const failures = client.failures(fromMs);
  checks.that('no commit fails', failures.length === 0, () => failures[0]?.because ?? '');
}

/** Both forms, from the node that has taken the address. */
export async function checkAnnounced(
  { announcements }: Stage,
  checks: Checks,
  node: NodeName,
  fromMs: number,
): Promise<void> {
  const seen = (): readonly string[] =>
    announcements
      .of(floatingAddress, fromMs)
      .filter(({ mac }) => mac === lanMac[node])
      .map(({ form }) => form);
  await checks.soon(
    `the client's LAN hears gratuitous ARP from ${node}, as request and as reply`,
    3000,
    () => seen().includes('arp-request') && seen().includes('arp-reply'),
    () => `heard: ${seen().join(', ') || 'nothing'}`,
  );
}
