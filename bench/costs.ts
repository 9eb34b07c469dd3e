import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { sleep } from '../lab/clock.ts';
import type { Host } from '../lab/host.ts';
import { pythonPath } from '../lab/namespaces.ts';
import type { Measure } from './measure.ts';
import { type Stage, withPair } from './outages.ts';

/** The kernel counts CPU time in hundredths of a second, on every architecture that Node runs on. */
const tickMs = 10;
const parts = [
  { name: 'head', words: 'src/daemon/main.ts' },
  { name: 'runner', words: 'src/runner/main.ts' },
] as const;

/** What the pair costs while nothing happens: CPU, memory, and how late its beats leave. */
export async function idleCosts(windowMs: number): Promise<readonly Measure[]> {
  return await withPair(async (stage) => {
    const pids = await Promise.all(parts.map(async ({ words }) => await pidOf(stage.lab.node1, words)));
    const before = pids.map((pid) => cpuMs(stage.lab.node1, pid));
    await sleep(windowMs);
    const cpu = pids.map((pid, index) => (100 * (cpuMs(stage.lab.node1, pid) - (before[index] ?? 0))) / windowMs);
    const memory = pids.map((pid) => pssMb(stage.lab.node1, pid));
    return [
      ...parts.map(
        ({ name }, index): Measure => ({
          name: `CPU of the owner's ${name}`,
          unit: '%',
          values: [cpu[index] ?? Number.NaN],
          ...(name === 'head' ? { bound: 1 } : {}),
          note: 'of one core',
        }),
      ),
      {
        name: 'memory of head and runner (PSS)',
        unit: 'MB',
        values: [memory.reduce((sum, mb) => sum + mb, 0)],
        bound: 130,
        note: parts.map(({ name }, index) => `${name} ${Math.round(memory[index] ?? 0)}`).join(', '),
      },
      await lateness(stage, 'beats leave late, idle'),
    ];
  });
}

export async function hoggedBeats(windowMs: number, hogs: number): Promise<Measure> {
  return await withPair(async (stage) => {
    await stage.lab.hog('client', hogs);
    await sleep(windowMs);
    return await lateness(stage, `beats leave late, ${hogs} CPU hogs`);
  });
}

/** How long `hactl status` takes on a node, from its start to its end. */
export async function statusTimes(rounds: number): Promise<Measure> {
  return await withPair(async (stage) => {
    const hactl = fileURLToPath(new URL('../bin/hactl', import.meta.url));
    const printed = await stage.lab.node1.run([pythonPath(), '-c', timeCommand, String(rounds), hactl, 'status']);
    return { name: 'hactl status', unit: 'ms', values: JSON.parse(printed) as readonly number[], bound: 100 };
  });
}

/** The 99th percentile of both nodes; the others stand in the note. */
async function lateness(stage: Stage, name: string): Promise<Measure> {
  const reports = await Promise.all((['node1', 'node2'] as const).map(async (node) => await stage.pair.status(node)));
  const late = reports.flatMap((report) => (report === undefined ? [] : [report.beats.latenessMs]));
  const max = Math.max(...late.map((one) => one.max));
  const p50 = Math.max(...late.map((one) => one.p50));
  const note = `p99 of each node; p50 ${p50}, worst ${max} ms`;
  return { name, unit: 'ms', values: late.map(({ p99 }) => p99), note };
}

async function pidOf(host: Host, words: string): Promise<number> {
  const found = (await host.processes()).find(({ argv }) => argv.some((word) => word.endsWith(words)));
  if (found === undefined) throw new Error(`no ${words} runs on ${host.name}`);
  return found.pid;
}

/** User and system time of a process so far. */
function cpuMs(host: Host, pid: number): number {
  const stat = readFileSync(`/proc/${host.initPid}/root/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * tickMs;
}

/** What the process would free if it ended, with its share of what it shares. */
function pssMb(host: Host, pid: number): number {
  const rollup = readFileSync(`/proc/${host.initPid}/root/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? Number.NaN) / 1024;
}

const timeCommand = `
import json, subprocess, sys, time
times = []
for _ in range(int(sys.argv[1])):
    began = time.monotonic()
    subprocess.run(sys.argv[2:], stdout=subprocess.DEVNULL)
    times.append((time.monotonic() - began) * 1000)
print(json.dumps(times))
`;
