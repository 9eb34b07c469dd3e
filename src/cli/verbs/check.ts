import { type Bound, boundsOf } from '../../config/bounds.ts';
import type { PathConcern } from '../../config/channelPaths.ts';
import { type ConfigFiles, loadConfig } from '../../config/loadConfig.ts';
import type { Problem } from '../../config/problem.ts';
import { renderProblem } from '../../config/renderProblem.ts';
import type { SiteConfig } from '../../config/siteConfig.ts';
import { exitCodes, type StatusReport } from '../../control/controlProtocol.ts';
import { readConfigFiles } from '../check/configFiles.ts';
import { compareGroups, peerLines } from '../check/peer.ts';
import { twoActiveLines, twoActiveOf } from '../check/twoActive.ts';
import { type UnitConcern, unitConcerns } from '../check/units.ts';
import { wayConcerns } from '../check/ways.ts';
import { askDaemon, type Call } from '../daemon.ts';
import { advice } from '../text/advice.ts';
import { clean, jsonLine } from '../text/clean.ts';
import { wrap } from '../text/layout.ts';
import { paintFor } from '../text/paint.ts';

/** `hactl check`: every problem of the config files, what the config promises, and what the daemon warns of. */
export async function check(call: Call): Promise<number> {
  const read = readConfigFiles(call.configFile);
  const loaded = read.files === undefined ? undefined : loadConfig(read.files);
  const problems = [...read.problems, ...(loaded?.ok === false ? loaded.problems : [])];
  const warnings = [...read.warnings, ...(loaded?.warnings ?? [])];
  const config = problems.length === 0 && loaded?.ok === true ? loaded.config : undefined;
  const daemon = await daemonReport(call);
  const ways = config === undefined ? undefined : await wayConcerns(config, daemon?.node);
  const units = config === undefined ? [] : await unitConcerns(config, daemon !== undefined);
  const checked = { problems, warnings, config, daemon, ways, units };
  const exitCode = config === undefined ? exitCodes.configInvalid : exitCodes.ok;
  call.io.settle(exitCode);
  if (call.isJson) await call.io.out(jsonLine(jsonOf(checked)));
  else await printText(call, checked, read.files);
  return exitCode;
}

interface Checked {
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  readonly config: SiteConfig | undefined;
  readonly daemon: StatusReport | undefined;
  /** Undefined where this machine is none of the nodes. */
  readonly ways: readonly PathConcern[] | undefined;
  readonly units: readonly UnitConcern[];
}

/** The check is of the files: a daemon that stalls must not hold it up. */
const daemonMs = 1000;

async function daemonReport(call: Call): Promise<StatusReport | undefined> {
  let report: StatusReport | undefined;
  const limits = { firstLineMs: daemonMs, totalMs: daemonMs };
  await askDaemon(
    call,
    { verb: 'status' },
    (line) => {
      if (line.type === 'status') report = line.status;
    },
    limits,
  );
  return report;
}

function jsonOf({ problems, warnings, config, daemon, ways, units }: Checked): object {
  return {
    ok: config !== undefined,
    problems,
    warnings,
    twoActive: config === undefined ? null : twoActiveOf(config),
    bounds: config === undefined ? [] : boundsOf(config),
    ways: ways ?? null,
    units,
    groups: config === undefined || daemon === undefined ? [] : compareGroups(config, daemon),
    daemon: daemon === undefined ? null : { version: daemon.version, node: daemon.node, warnings: daemon.warnings },
  };
}

async function printText({ io, configFile }: Call, checked: Checked, files: ConfigFiles | undefined): Promise<void> {
  const paint = paintFor(io.hasColours);
  const { problems, warnings, config } = checked;
  for (const problem of problems) await io.out(`${renderProblem(problem, textOf(problem, files))}\n`);
  for (const warning of warnings) {
    await io.out(`${paint('warning', 'warning:')} ${renderProblem(warning, textOf(warning, files))}\n`);
  }
  if (config === undefined) {
    const count = counted(problems.length, 'problem');
    await io.out(`${paint('bad', 'INVALID')}  ${clean(configFile)}: ${count}; a daemon does not start with it`);
  } else {
    await io.out(`${paint('good', 'OK')}  ${clean(configFile)}: ${summary(config)}\n`);
    await io.out(paint('title', 'WHAT IT PROMISES'));
    for (const line of twoActiveLines(config, io.width())) await io.out(line);
    for (const bound of boundsOf(config)) await io.out(boundText(bound, io.width()));
    await io.out('');
  }
  for (const { sentence, next } of [...(checked.ways ?? []), ...checked.units]) {
    const lines = wrap(clean(`${sentence}; ${advice(next)}`), io.width() - 9);
    await io.out(`${paint('warning', 'warning:')} ${lines.join('\n         ')}\n`);
  }
  for (const line of daemonLines(checked, io.width())) await io.out(line);
}

function textOf({ file }: Problem, files: ConfigFiles | undefined): string {
  const sources = [files?.yaml, files?.haresources, files?.authkeys];
  return sources.find((source) => source?.file === file)?.text ?? '';
}

function summary({ cluster, nodes, channels, groups }: SiteConfig): string {
  const media = new Set(channels.map(({ medium }) => medium)).size;
  const parts = [
    `nodes ${nodes.join(' and ')}`,
    `${counted(channels.length, 'channel')} on ${media === 1 ? 'one medium' : `${media} media`}`,
    counted(groups.length, 'group'),
  ];
  return `cluster ${cluster}, ${parts.join(', ')}`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function boundText({ sentence, improve }: Bound, width: number): string {
  const [first = '', ...rest] = wrap(sentence, width - 4);
  const better = improve === undefined ? [] : wrap(`better with: ${improve}`, width - 6).map((line) => `  ${line}`);
  return [`  - ${first}`, ...[...rest, ...better].map((line) => `    ${line}`)].join('\n');
}

function daemonLines({ daemon, config, ways }: Checked, width: number): readonly string[] {
  if (daemon === undefined) return ['daemon: none answers here; the files alone were checked'];
  const running = `daemon: ${daemon.version} on ${daemon.node}, ${daemon.phase}`;
  const differences = config === undefined ? [] : differencesOf(daemon, config);
  // What this machine's network is like was looked at for these files just now.
  const others = daemon.warnings.filter(({ id }) => ways === undefined || !/^channel-(route|mtu)$/.test(id));
  const warnings = others.map(({ sentence, next }) => `${sentence}${next === '' ? '' : `; ${advice(next)}`}`);
  const lines = [...differences, ...warnings, ...peerLines(config, daemon)].flatMap((fact) =>
    wrap(clean(fact), width - 4).map((line) => `    ${line}`),
  );
  return [clean(running), ...lines];
}

/** What shows that the daemon has not read these files; a difference in a value it shows itself at its reload. */
function differencesOf(daemon: StatusReport, { cluster, groups, channels }: SiteConfig): readonly string[] {
  const isSame = (a: readonly string[], b: readonly string[]): boolean =>
    a.toSorted().join('\n') === b.toSorted().join('\n');
  const names = (list: readonly { readonly name: string }[]): readonly string[] => list.map(({ name }) => name);
  const differs = [
    ...(daemon.cluster === cluster ? [] : ['cluster']),
    ...(isSame(names(daemon.groups), names(groups)) ? [] : ['groups']),
    ...(isSame(names(daemon.channels), names(channels)) ? [] : ['channels']),
  ];
  if (differs.length === 0) return [];
  return [`it runs with other ${differs.join(' and ')} than these files; run hactl reload`];
}
