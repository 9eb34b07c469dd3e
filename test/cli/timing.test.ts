import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import type { TimingFacts } from '../../src/cli/timing/timingText.ts';
import { fakeHead, folder, type Run, run } from './fakeHead.ts';
import { allWell } from './reports.ts';

const yaml = `cluster: plone
nodes: [node1, node2]
channels:
  - udp: { node1: 192.168.80.2, node2: 192.168.80.1 }
  - serial: { device: /dev/ttyS0, baud: 9600 }
    name: serial
timing: { keepalive: 200ms, warntime: 600ms, deadtime: 2s, initdead: 30s }
`;
const spread = { count: 1_000, p50: 210, p99: 260, p999: 400, max: 900 };
const measured = { ...allWell.beats, silenceMs: spread, overdue: 1, echoMs: { serial: spread } };

suite('hactl timing', () => {
  test('judges the times of the files without a daemon', async (t) => {
    const { exitCode, out } = await timing(t, folder(t));
    assert.equal(exitCode, 0);
    assert.match(out, /^ ok {2}five keepalives fit deadtime: 1 s <= 2 s$/m);
    assert.match(out, /^warn the lease, and the second that the kernel may be late, fit deadtime: 4 s >\s+2 s$/m);
    assert.match(out, /^ {5}a beat on serial takes \d+\.\d ms at 9600 baud$/m);
    assert.match(out, /no daemon answers here/);
    assert.match(out, /nothing was measured to propose one from/);
    for (const line of out.split('\n')) assert(line.length <= 80, line);
  });

  test('shows what the daemon measured, and proposes twice the longest silence', async (t) => {
    const { exitCode, out } = await timing(t, await measuringHead(t));
    assert.equal(exitCode, 0);
    assert.match(out, /warn the longest silence that was measured fits deadtime three times: 2\.7 s > 2\s+s/);
    assert.match(out, /beats of node1 leave late by p50 0\.1, p99 1\.4/);
    assert.match(out, /max 900\.0 ms of 2000\s+ms deadtime/);
    assert.match(out, /silent for deadtime, and back: 1 times/);
    assert.match(out, /echo on serial: p50 210\.0/);
    assert.match(out, /twice the longest silence, and five beats at the least: 1800ms; yours is 2s/);
    assert.match(out, /yours is long enough/);
  });

  test('as JSON is one object', async (t) => {
    const { out } = await timing(t, await measuringHead(t), ['--json']);
    const facts = JSON.parse(out) as TimingFacts;
    assert.equal(facts.proposedDeadMs, 1_800);
    assert.equal(facts.measured?.silenceMs?.max, 900);
    assert(facts.inequalities.some(({ id, isHeld }) => id === 'lease' && !isHeld));
  });

  test('of a config that is not valid ends with 6', async (t) => {
    const { exitCode, err } = await timing(t, folder(t), [], 'cluster: 7\n');
    assert.equal(exitCode, 6);
    assert.match(err, /is not valid; run hactl check/);
    assert.equal((await run(folder(t), ['timing', '--config', join(folder(t), 'none')])).exitCode, 6);
  });
});

async function timing(t: TestContext, runDir: string, words: readonly string[] = [], text = yaml): Promise<Run> {
  const directory = folder(t);
  const file = join(directory, 'twinbeat.yaml');
  writeFileSync(file, text);
  writeFileSync(join(directory, 'haresources'), 'node1 192.168.1.50/24 zeo::a\n');
  return run(runDir, ['--config', file, 'timing', ...words]);
}

function measuringHead(t: TestContext): Promise<string> {
  return fakeHead(t, (_request, reply) => {
    reply.line({ type: 'status', status: { ...allWell, beats: measured } });
    reply.end();
  });
}
