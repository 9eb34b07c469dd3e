import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { afterEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Outcome } from '../../src/control/controlClient.ts';
import type { ResponseLine } from '../../src/control/controlProtocol.ts';
import { type Name, Pair, patientDeadMs } from './pair.ts';

const pairs: Pair[] = [];
afterEach(async () => {
  for (const pair of pairs.splice(0)) await pair.destroy();
});

/** Much shorter than the wait for something that must not happen. */
const monitorMs = 200;
const longMs = 5 * monitorMs;

test('in maintenance nothing is restarted, here or there; afterwards what is down is found and started again', async () => {
  const pair = await running();
  assert.match(done(await pair.ask('node1', maintenance(true))), /maintenance of site is on: new disks/);
  for (const name of ['node1', 'node2'] as const) {
    const status = await pair.until(name, 'maintenance', ({ groups }) => groups[0]?.because.rule === 'maintenance');
    assert(status.warnings.some(({ id }) => id === 'maintenance'));
  }
  kill(pair, 'node1', 'b');
  await sleep(longMs);
  assert.deepEqual(pair.history(), ['node1 start a', 'node1 start b']);
  assert.equal((await pair.status('node1'))?.groups[0]?.role, 'active');

  assert.match(done(await pair.ask('node1', maintenance(false))), /maintenance of site is over/);
  await pair.until(
    'node1',
    'both running',
    ({ groups }) =>
      groups[0]?.role === 'active' &&
      groups[0].resources.every(({ state }) => state === 'running') &&
      pair.history().length > 2,
  );
  assert.deepEqual(pair.history().slice(2), ['node1 start b']);
  const warnings = (await pair.status('node1'))?.warnings ?? [];
  // That one is about the machine that the test runs on.
  assert.deepEqual(
    warnings.filter(({ id }) => id !== 'real-time'),
    [],
  );
});

test('in maintenance one resource is stopped and started by hand, without it that is refused', async () => {
  const pair = await running();
  const refused = await pair.ask('node1', { verb: 'resource', action: 'stop', group: 'site', resource: 'thing::b' });
  assert.match(
    refusal(refused.outcome),
    /a check would undo it: site is not in maintenance; hactl maintenance on site/,
  );
  done(await pair.ask('node1', maintenance(true)));
  for (const action of ['stop', 'start'] as const) {
    const asked = await pair.ask('node1', {
      verb: 'resource',
      action,
      group: 'site',
      resource: 'thing::b',
      wait: true,
    });
    assert.equal(done(asked), `thing::b is ${action === 'stop' ? 'stopped' : 'running'} on node1`);
  }
  assert.deepEqual(pair.history().slice(2), ['node1 stop b', 'node1 start b']);
});

test('a start by hand that fails says so with the words of the script, and gives nothing up', async () => {
  const pair = await running();
  done(await pair.ask('node1', maintenance(true)));
  done(await pair.ask('node1', { verb: 'resource', action: 'stop', group: 'site', resource: 'thing::b', wait: true }));
  pair.write('node1', 'cannot-start', '');
  const asked = await pair.ask('node1', {
    verb: 'resource',
    action: 'start',
    group: 'site',
    resource: 'thing::b',
    wait: true,
  });
  assert(asked.outcome.kind === 'answered' && asked.outcome.line.type === 'failed');
  assert.equal(asked.outcome.line.exitCode, 1);
  assert.match(asked.outcome.line.sentence, /the start of thing::b failed, it is failed: .*disk is missing/);
  await sleep(longMs);
  assert.equal((await pair.status('node1'))?.groups[0]?.role, 'active');
});

test('a restart of one resource takes it, and what stands to its right, down and up again', async () => {
  const pair = await running();
  const right = await pair.ask('node1', {
    verb: 'resource',
    action: 'restart',
    group: 'site',
    resource: 'thing::b',
    wait: true,
  });
  assert.equal(done(right), 'thing::b is running on node1');
  assert.deepEqual(pair.history().slice(2), ['node1 stop b', 'node1 start b']);
  const left = await pair.ask('node1', {
    verb: 'resource',
    action: 'restart',
    group: 'site',
    resource: 'thing::a',
    wait: true,
  });
  done(left);
  const steps = left.lines.flatMap((line) => (line.type === 'step' ? [line.sentence] : []));
  assert(steps.includes('thing::a is running on node1'), steps.join('; '));
  assert.deepEqual(pair.history().slice(4), ['node1 stop b', 'node1 stop a', 'node1 start a', 'node1 start b']);
  assert.equal((await pair.status('node1'))?.groups[0]?.epoch.counter, 1, 'it stayed');
});

test('what is not there, and what is not here, is refused with what is', async () => {
  const pair = await running();
  const there = await pair.ask('node2', { verb: 'resource', action: 'restart', group: 'site', resource: 'thing::a' });
  assert.match(refusal(there.outcome), /^site is not active on node2/);
  const none = await pair.ask('node1', { verb: 'resource', action: 'restart', group: 'site', resource: 'thing' });
  assert.match(refusal(none.outcome), /site has no resource thing; it has thing::a, thing::b/);
  const group = await pair.ask('node1', { verb: 'resource', action: 'cleanup', group: 'stie', resource: 'thing::a' });
  assert.match(refusal(group.outcome), /stie/);
  assert.match(refusal((await pair.ask('node1', maintenance(true, 'stie'))).outcome), /stie/);
  assert.deepEqual(pair.history(), ['node1 start a', 'node1 start b']);
});

test('a node on standby gives everything away and takes nothing, until it is online again', async () => {
  const pair = await running();
  const asked = await pair.ask('node1', { verb: 'standby', wait: true });
  assert.equal(done(asked), 'node1 is on standby; site is active on node2');
  assert.deepEqual(pair.history().slice(2), ['node1 stop b', 'node1 stop a', 'node2 start a', 'node2 start b']);
  await pair.until('node2', 'knowing', ({ groups }) => groups[0]?.armed['node1']?.because.rule === 'standby-by-order');
  assert.match(
    refusal((await pair.ask('node2', { verb: 'standby' })).outcome),
    /node1 is not armed for site: .*; hactl standby --force/,
  );
  assert.match(
    refusal((await pair.ask('node1', { verb: 'takeover', groups: [] })).outcome),
    /on standby until hactl online/,
  );

  pair.signal('node1', 'SIGUSR2');
  await pair.ended('node1');
  pair.start('node1');
  await pair.until('node1', 'standby after a restart', ({ warnings }) =>
    warnings.some(({ id }) => id === 'standby-by-order'),
  );

  done(await pair.ask('node1', { verb: 'online' }));
  await pair.until('node2', 'armed again', ({ groups }) => groups[0]?.armed['node1']?.armed === true);
  assert.equal(done(await pair.ask('node1', { verb: 'online' })), 'node1 is online already');
  done(await pair.ask('node1', { verb: 'takeover', groups: ['site'], wait: true }));
  assert.equal((await pair.status('node1'))?.groups[0]?.role, 'active');
});

test('a forced standby leaves the group down where the peer may not have it', async () => {
  const pair = await running();
  done(await pair.ask('node2', { verb: 'standby', wait: true }));
  await pair.until('node1', 'knowing', ({ groups }) => groups[0]?.armed['node2']?.armed === false);
  const asked = await pair.ask('node1', { verb: 'standby', force: true, reason: 'both go down', wait: true });
  assert.equal(done(asked), 'node1 is on standby; site is down until a takeover');
  assert.deepEqual(pair.history().slice(2), ['node1 stop b', 'node1 stop a']);
});

function maintenance(
  on: boolean,
  group = 'site',
): { verb: 'maintenance'; groups: string[]; on: boolean; reason: string } {
  return { verb: 'maintenance', groups: [group], on, reason: 'new disks' };
}

interface Asked {
  readonly lines: readonly ResponseLine[];
  readonly outcome: Outcome;
}

function done({ outcome }: Asked): string {
  assert(outcome.kind === 'answered' && outcome.line.type === 'done', JSON.stringify(outcome));
  assert.equal(outcome.line.exitCode, 0);
  return outcome.line.sentence;
}

function refusal(outcome: Outcome): string {
  assert(outcome.kind === 'answered' && outcome.line.type === 'refused', JSON.stringify(outcome));
  assert.equal(outcome.line.exitCode, 5);
  return `${outcome.line.sentence}; ${outcome.line.next}`;
}

/** As if somebody had killed the service without asking anybody. */
function kill(pair: Pair, name: Name, thing: string): void {
  rmSync(pair.path(name, `on.${thing}`));
}

/** Both nodes started, node1 active, node2 ready; everything is checked often. */
async function running(): Promise<Pair> {
  const pair = await Pair.create({ deadMs: patientDeadMs });
  pairs.push(pair);
  const often = `{ monitor: ${monitorMs}ms }`;
  for (const name of ['node1', 'node2'] as const) {
    const yaml = pair.read(name, 'etc/twinbeat.yaml');
    const groups = `groups: { site: { resources: { "thing::a": ${often}, "thing::b": ${often} } } }\n`;
    pair.write(name, 'etc/twinbeat.yaml', yaml + groups);
    pair.start(name);
  }
  await pair.untilRole('node1', 'active');
  await pair.until('node2', 'being armed', ({ groups }) => groups[0]?.armed['node2']?.armed === true);
  return pair;
}
