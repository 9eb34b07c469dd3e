import { nowMs } from '../clock.ts';
import { Lab } from '../lab.ts';
import { floatingAddress } from '../topology.ts';
import { daemonName, hactl } from '../twinbeat.ts';
import { prepareZeo } from '../zeo.ts';
import { Checks } from './checks.ts';
import { type Check, type Outcome, outcomeOf, type StepOutcome, stepOutcome } from './outcome.ts';
import { recoverySteps } from './recovery.ts';
import type { Row, Screen } from './screen.ts';
import { clientArgv, pace } from './site.ts';
import { commitEachMs, type Stage, type Step, setStage } from './stage.ts';
import { steps } from './steps.ts';

/** Plays the whole story. Nothing of it is left afterwards, whatever happened. */
export async function play(screen: Screen): Promise<Outcome> {
  introduce(screen);
  const zeo = await prepareZeo();
  if (!zeo.ok) screen.say(`${zeo.sentence} A small TCP service stands in for ZEO: its steps cannot succeed.`);
  const startedMs = nowMs();
  await using lab = await Lab.create();
  const stage = await setStage(lab, zeo, screen, clientArgv(zeo, commitEachMs));
  try {
    const rows: Row[] = [];
    for (const step of [...steps, ...recoverySteps]) {
      const isReached = rows.every((row) => !isBroken(row.step));
      rows.push(isReached ? await playStep(stage, step) : { step: unreached(step), commitGapMs: undefined });
    }
    screen.summary(rows);
    const outcome = outcomeOf(rows.map(({ step }) => step));
    if (hasUnexplained(outcome)) await explain(stage);
    const verdict = outcome.ok ? 'every check held' : 'the demo FAILED';
    screen.say(`\n${verdict}, after ${Math.round((nowMs() - startedMs) / 1000)} s`);
    return outcome;
  } finally {
    await Promise.all([stage.watch.stop(), stage.client.stop()]);
  }
}

/** The check that a step gets which broke off. */
const throughName = 'the step goes through';
const zeoName = 'the server of the site is a real ZEO';

async function playStep(stage: Stage, step: Step): Promise<Row> {
  const { screen, probe, client, zeo } = stage;
  screen.step(step.name, step.sentence);
  const checks = new Checks((check) => screen.check(check));
  const fromMs = nowMs();
  try {
    await step.run(stage, checks);
  } catch (error) {
    checks.that(throughName, false, () => (error instanceof Error ? error.message : String(error)));
  }
  if (step.isAboutZeo) checks.that(zeoName, zeo.ok, () => (zeo.ok ? '' : zeo.sentence));
  const answeredMs = (await probe.servings(0))[0]?.fromMs;
  const committedMs = client.commitAfter(0)?.atMs;
  const outage = answeredMs === undefined ? undefined : await probe.outage(Math.max(answeredMs, fromMs));
  const gap = committedMs === undefined ? undefined : await client.gap(Math.max(committedMs, fromMs));
  return { step: stepOutcome(step.name, outage?.ms ?? 0, checks.made), commitGapMs: gap?.ms };
}

/** A check failed that does not say itself what is missing. */
function hasUnexplained({ steps: played }: Outcome): boolean {
  return played.some(({ checks }) => checks.some(({ name, ok }) => !ok && name !== zeoName));
}

/** It did not come to its end, so that the steps after it would begin from somewhere else. */
function isBroken({ checks }: StepOutcome): boolean {
  return checks.some(({ name, ok }) => name === throughName && !ok);
}

function unreached(step: Step): StepOutcome {
  const check: Check = { name: throughName, ok: false, because: 'it was not reached: an earlier step broke off' };
  return stepOutcome(step.name, 0, [check]);
}

function introduce(screen: Screen): void {
  screen.title('Twinbeat: a ZEO site on two hosts, through a power cut and back');
  screen.say(
    `Two pretended hosts, node1 and node2, with a LAN, a cross cable and a serial cable; a client asks ` +
      `${floatingAddress} each millisecond, and commits through it each ${commitEachMs} ms. keepalive ` +
      `${pace.keepaliveMs} ms, warntime ${pace.warnMs} ms, deadtime ${pace.deadMs} ms: short, for a demo. For copied ` +
      `data the defaults are 500 ms, 3 s and 10 s. The copy is refreshed each second instead of each minute.`,
  );
}

const logLinesMax = 15;

/** What a person needs who wants to know why a check failed. */
async function explain({ lab, screen }: Stage): Promise<void> {
  screen.title('\nWhat the nodes say');
  for (const node of lab.nodes) {
    if (node.isOn) {
      const shown = await hactl(node, ['events', '--limit', String(logLinesMax)]);
      screen.command(`${node.name}# hactl events --limit ${logLinesMax}`, `${shown.stdout}${shown.stderr}`);
    }
    for (const name of [daemonName, 'cron']) {
      const last = node.readLog(name).trimEnd().split('\n').slice(-logLinesMax);
      screen.command(`the log of ${name} on ${node.name}:`, last.join('\n'));
    }
  }
  screen.say(
    '\nTo look for yourself: npm run lab up; npm run lab kill node1; npm run lab exec node2 -- bin/hactl status; ' +
      'npm run lab log node2; npm run lab down. See lab/README.md.',
  );
}
