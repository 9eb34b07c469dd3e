/**
 * What users see of a move, and what the pair costs: measured in the lab, with beats each 100 ms and a deadtime of
 * 500 ms unless a line says otherwise.
 *
 *     npm run bench                    ten rounds of most, five minutes
 *     npm run bench -- --quick         three rounds, two minutes
 *     npm run bench -- --only split    those whose name begins so: powerCut planned stop split …
 *     npm run bench -- --json          one JSON object on the last line
 *     npm run bench -- --at-once 2     two benchmarks at a time, each in a lab of its own: quicker, and noisier
 */
import { readFileSync } from 'node:fs';
import { availableParallelism, loadavg, release } from 'node:os';
import { parseArgs } from 'node:util';

import { hoggedBeats, idleCosts, statusTimes } from './costs.ts';
import { guarded, variantNames } from './guards.ts';
import { type Measure, type Summary, summarize, tableOf } from './measure.ts';
import {
  deadDaemons,
  freezes,
  gracefulStops,
  healedSplits,
  plannedTakeovers,
  powerCuts,
  quickRestarts,
  starts,
} from './outages.ts';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    only: { type: 'string' },
    'at-once': { type: 'string', default: '1' },
  },
});
const rounds = flags.quick ? 3 : 10;
/** These take seconds a round. */
const slowRounds = flags.quick ? 1 : 3;
const windowMs = flags.quick ? 5000 : 30_000;
const hogs = 4;

const benches: Readonly<Record<string, () => Promise<Measure | readonly Measure[]>>> = {
  powerCut: async () => await powerCuts(rounds, 0),
  powerCutHogs: async () => await powerCuts(rounds, hogs),
  planned: async () => await plannedTakeovers(rounds),
  stop: async () => await gracefulStops(rounds),
  split: async () => await healedSplits(slowRounds),
  restart: async () => await quickRestarts(rounds),
  dead: async () => await deadDaemons(slowRounds),
  freeze: async () => await freezes(slowRounds),
  start: async () => await starts(rounds),
  idle: async () => await idleCosts(windowMs),
  hogs: async () => await hoggedBeats(windowMs, hogs),
  status: async () => await statusTimes(rounds),
  ...Object.fromEntries(variantNames.map((name) => [`guards:${name}`, async () => await guarded(name, slowRounds)])),
};

process.exitCode = await main();

async function main(): Promise<number> {
  const only = flags.only ?? '';
  const names = Object.keys(benches).filter((name) => name.startsWith(only));
  if (names.length === 0) {
    console.error(`no benchmark begins with ${only}; there are: ${Object.keys(benches).join(' ')}`);
    return 2;
  }
  const conditions = conditionsNow();
  console.log(`${conditions.sentence}\n`);
  const failed: { readonly name: string; readonly because: string }[] = [];
  const left = [...names];
  const measured = new Map<string, readonly Summary[]>();
  const work = async (): Promise<void> => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      process.stderr.write(`${name} …\n`);
      try {
        const measures = [(await benches[name]?.()) ?? []].flat();
        measured.set(name, measures.map(summarize));
      } catch (error) {
        failed.push({ name, because: error instanceof Error ? error.message : String(error) });
      }
    }
  };
  await Promise.all(Array.from({ length: Number(flags['at-once']) || 1 }, work));
  const found = names.flatMap((name) => measured.get(name) ?? []);
  console.log(tableOf(found));
  for (const { name, because } of failed) console.log(`\n${name} could not be measured: ${because}`);
  if (flags.json) console.log(JSON.stringify({ conditions, measures: found, failed }));
  return failed.length === 0 ? 0 : 1;
}

interface Conditions {
  readonly command: string;
  readonly cpus: number;
  readonly cpu: string;
  readonly kernel: string;
  readonly node: string;
  readonly load1: number;
  readonly keepaliveMs: number;
  readonly deadMs: number;
  readonly sentence: string;
}

function conditionsNow(): Conditions {
  const known = {
    command: `npm run bench${process.argv.length > 2 ? ` -- ${process.argv.slice(2).join(' ')}` : ''}`,
    cpus: availableParallelism(),
    cpu: /^model name\s*: (.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? process.arch,
    kernel: release(),
    node: process.version,
    load1: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    keepaliveMs: 100,
    deadMs: 500,
  };
  const { command, cpus, cpu, kernel, node, load1 } = known;
  const machine = `${cpus} CPUs (${cpu}), Linux ${kernel}, Node ${node}, load ${load1} before`;
  return {
    ...known,
    sentence: `${command}: keepalive 100 ms, deadtime 500 ms, three channels, one address; ${machine}`,
  };
}
