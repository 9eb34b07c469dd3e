import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import type { Prediction } from '../../src/sim/live/prediction.ts';
import { fakeHead, folder, run } from './fakeHead.ts';
import { snapshotTextOf } from './liveHead.ts';
import { momentOf, settledHead, settledPair } from './livePair.ts';

process.env['TZ'] = 'UTC';

suite('hactl simulate', () => {
  test('says what a power cut of the owner would do, when, and by which rule', async (t) => {
    for (const index of [0, 1] as const) {
      const { exitCode, out } = await run(await settledHead(t, index), ['simulate', 'crash node1; wait 10s']);
      assert.equal(exitCode, 0);
      assert.match(out, /nothing was touched/);
      assert.match(out, /\+1\.\d{3} s {2}node2 site by rule peer-lost \(E6\)\n +the peer is gone, and the evidence/);
      assert.match(out, /site moves from node1 to node2; down for [12]\.\d{3} s from \+0\.000 s on; never on\s+both/);
      assert.match(out, /as its beats say/);
      for (const line of out.split('\n')) assert(line.length <= 80, line);
    }
  });

  test('asks the daemon for its snapshot and for nothing else', async (t) => {
    const asked: string[] = [];
    const runDir = await fakeHead(t, (request, reply) => {
      asked.push(request.verb);
      reply.line({ type: 'piece', text: snapshotTextOf(momentOf(settledPair(), 0)) });
      reply.end();
    });
    assert.equal((await run(runDir, ['simulate', 'stop node1; wait 5s'])).exitCode, 0);
    assert.deepEqual(asked, ['snapshot']);
  });

  test('as JSON gives happenings, jobs with their bounds, answers and what became of each group', async (t) => {
    const script = 'takeover site on node2; wait 5s; takeover site on node2; wait 1s';
    const { out } = await run(await settledHead(t), ['--json', 'simulate', script]);
    const one = JSON.parse(out) as Prediction;
    assert.deepEqual(
      one.jobs.map(({ node, action, resource, boundMs }) => `${node} ${action} ${resource} ${boundMs}`),
      [
        'node1 stop web 4000',
        'node1 stop db 4000',
        'node1 stop address 4000',
        'node2 start address 8000',
        'node2 start db 8000',
        'node2 start web 8000',
      ],
    );
    assert.deepEqual(
      one.answers.map(({ node, answer }) => [node, answer.kind]),
      [
        ['node2', 'accepted'],
        ['node2', 'accepted'],
      ],
    );
    assert.deepEqual([one.groups[0]?.ownerBefore, one.groups[0]?.ownerAfter], ['node1', 'node2']);
    assert.equal(one.problem, undefined);
  });

  test('does every command of its help', async (t) => {
    const script = `cut lan; cut cross,serial; wait 300ms; mend all; wait 3s; kill node2; start node2; wait 5s;
      stop node2 keep; wait 1s; start node2; wait 3s; freeze node2; wait 1s; thaw node2; wait 3s;
      carrier node2 off; wait 1s; carrier node2 on; wait 3s; release site on node1; wait 5s;
      takeover site on node1 --force; wait 5s; crash node2; wait 5s; confirm-dead node2; boot node2; wait 10s`;
    const { exitCode, out, err } = await run(await settledHead(t), ['simulate', script, '--json']);
    assert.deepEqual([exitCode, err], [0, '']);
    const one = JSON.parse(out) as Prediction;
    assert.equal(one.groups[0]?.ownerAfter, 'node1');
    assert.equal(one.problem, undefined);
  });

  const wrong: readonly (readonly [string, RegExp])[] = [
    ['', /there is no command; there are cut, mend/],
    [' ; ; ', /there is no command/],
    ['dance', /"dance": there is no such command; there are cut/],
    ['cut', /there is no channel or medium ""; there are lan, cross, serial, and all/],
    ['cut lan,nowhere', /there is no channel or medium "nowhere"/],
    ['wait', /write wait and a time: wait 20s/],
    ['wait -1s', /write wait and a time/],
    ['wait 2h', /longer than an hour/],
    ['wait 1e9s', /write wait and a time/],
    ['kill', /write kill and a node: kill node2, or kill node1/],
    ['kill node3', /write kill and a node/],
    ['stop node1 now', /only keep may follow the node/],
    ['carrier node1 up', /it is on or off/],
    ['takeover nowhere on node1', /there is no group "nowhere"; there is site/],
    ['takeover site on', /write takeover GROUP on and a node/],
    ['\u001b[2J', /there is no such command/],
    ['wait 1s;'.repeat(101), /more than 100 commands/],
    ['x'.repeat(5_000), /more than 4096 characters/],
    ['constructor node1', /there is no such command/],
  ];
  for (const [script, says] of wrong) {
    test(`refuses ${JSON.stringify(script.slice(0, 30))} with what may stand there`, async (t) => {
      const { exitCode, err } = await run(await settledHead(t), ['simulate', script]);
      assert.equal(exitCode, 2);
      assert.match(err, says);
      assert(!err.includes('\u001b'));
    });
  }

  test('of a snapshot that cannot be ends with a sentence and 1', async (t) => {
    const runDir = folder(t);
    const file = join(runDir, 'snapshot');
    const moment = momentOf(settledPair(), 0);
    const [group] = moment.state.groups;
    assert(group !== undefined);
    // An alarm that lies far in the past is a stall; a time that is not is an assertion of the core.
    const state = { ...moment.state, groups: [{ ...group, nextRenewAtMs: -1e300 }], alarmAtMs: -1e300 };
    writeFileSync(file, snapshotTextOf({ ...moment, state, atMs: 1e300 }));
    const { exitCode, err } = await run(runDir, ['simulate', 'wait 1s', '--snapshot', file]);
    assert.equal(exitCode, 1);
    assert.match(err, /the core breaks off: /);
  });

  test('ends with 4 where no daemon answers', async (t) => {
    assert.equal((await run(folder(t), ['simulate', 'wait 1s'])).exitCode, 4);
  });
});
