import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Plan } from '../../src/sim/live/plan.ts';
import type { WhyNot } from '../../src/sim/live/whyNot.ts';
import { plainGroup } from '../../src/sim/options.ts';
import { fakeStranger, folder, run } from './fakeHead.ts';
import { liveHead } from './liveHead.ts';
import { momentOf, settledHead, settledPair } from './livePair.ts';

process.env['TZ'] = 'UTC';

suite('hactl plan', () => {
  test('lists the steps of a takeover in order, each with its bound, and where it ends', async (t) => {
    const { exitCode, out } = await run(await settledHead(t, 1), ['plan', 'takeover', 'site']);
    assert.equal(exitCode, 0);
    assert.match(out, /1\. node1: stop web of site, at most 4\.0 s\n/);
    assert.match(out, /4\. node2: start address of site, at most 8\.0 s\n/);
    assert.match(out, /together at most 36 s/);
    assert.match(out, /site goes from node1 to node2/);
    for (const line of out.split('\n')) assert(line.length <= 80, line);
  });

  test('with copied data has the last sync between stop and start, and stops the syncer first', async (t) => {
    const group = { ...plainGroup('site'), dataClass: 'copied' as const, hasSyncer: true };
    const world = settledPair({ groups: [group] });
    world.switchSyncer(world.machines[1], 'site', true);
    world.advance(30_000);
    const { out } = await run(await liveHead(t, momentOf(world, 1)), ['--json', 'plan', 'takeover']);
    const { steps } = JSON.parse(out) as Plan;
    assert.deepEqual(
      steps.slice(3, 6).map(({ node, action, resource }) => `${node} ${action} ${resource}`),
      ['node2 sync syncer', 'node2 stop syncer', 'node2 start address'],
    );
  });

  test('of a stop is what the daemon does when it is asked to stop', async (t) => {
    const { exitCode, out } = await run(await settledHead(t), ['plan', 'stop']);
    assert.equal(exitCode, 0);
    assert.match(out, /^stopping twinbeatd on node1\n {2}1\. node1: stop web/);
  });

  test('that is refused says why, what to type, and ends with 5', async (t) => {
    const refused = await run(await settledHead(t, 1), ['plan', 'release']);
    assert.equal(refused.exitCode, 5);
    assert.match(refused.err, /^refused: no group is active here; run hactl status/);
    const json = await run(await settledHead(t, 1), ['plan', 'release', '--json']);
    assert.equal(json.exitCode, 5);
    assert.equal((JSON.parse(json.out) as Plan).answer.kind, 'refused');
  });

  test('of what is not there ends with 2, without a daemon with 4', async (t) => {
    assert.equal((await run(await settledHead(t), ['plan', 'takeover', 'nowhere'])).exitCode, 2);
    assert.equal((await run(await settledHead(t), ['plan', 'stop', 'site'])).exitCode, 2);
    assert.equal((await run(await settledHead(t), ['plan', 'dance'])).exitCode, 2);
    assert.equal((await run(folder(t), ['plan', 'stop'])).exitCode, 4);
    const strange = await fakeStranger(t, (socket) => socket.end('{"type":"piece","text":"{}"}\n{"type":"done"}\n'));
    assert.equal((await run(strange, ['plan', 'stop'])).exitCode, 1);
  });
});

suite('hactl why-not', () => {
  test('of an armed standby says that it would take over, when, and how to move it there', async (t) => {
    for (const index of [0, 1] as const) {
      const { exitCode, out } = await run(await settledHead(t, index), ['why-not', 'node2', 'site']);
      assert.equal(exitCode, 0);
      assert.match(out, /^node2 does not hold site/);
      assert.match(out, /\[peer-holds\]/);
      assert.match(out, /if node1 dies now, it takes over after 1\.\d s: [^[]*\[peer-lost,\s+E6\]/);
      assert.match(out, /=> to move it there, on node2: hactl takeover site/);
      assert.equal(out.includes('as far as its beats tell node1'), index === 0);
    }
  });

  test('of a node that may not take the group names the reason and what to type, from either side', async (t) => {
    const world = settledPair();
    world.type(world.machines[1], { kind: 'standby', isForced: false, reason: 'disks' });
    world.advance(1_000);
    for (const index of [0, 1] as const) {
      const { out } = await run(await liveHead(t, momentOf(world, index)), ['--json', 'why-not', 'node2']);
      const why = JSON.parse(out) as WhyNot;
      assert.equal(why.armed.reason, 'standby-by-order');
      assert.equal(why.ifOtherDies.takesOver, false);
      assert.equal(why.ifOtherDies.rule?.rule, 'not-armed');
      assert.equal(why.ifAsked.kind, 'refused');
      assert.equal(why.next[0], 'on node2: hactl online');
    }
  });

  test('after one medium is lost says that the evidence would not be enough', async (t) => {
    const world = settledPair({ cables: [{ name: 'lan', medium: 'lan', baud: undefined }] });
    const { out } = await run(await liveHead(t, momentOf(world, 1)), ['why-not', 'node2']);
    assert.match(out, /if node1 dies now, it does not take over: the peer is silent, and the evidence\s+is not/);
    assert.match(out, /=> add a channel on a second medium/);
  });

  test('of who holds the group says so', async (t) => {
    const { out } = await run(await settledHead(t), ['why-not', 'node1']);
    assert.match(out, /^node1 holds site: this node owns the group/);
    assert.match(out, /if node2 dies now, it keeps it/);
  });

  test('of a node or group that is not there ends with 2', async (t) => {
    const runDir = await settledHead(t);
    assert.match((await run(runDir, ['why-not', 'node3'])).err, /there is no node node3; there is node1, node2/);
    assert.equal((await run(runDir, ['why-not', 'node3'])).exitCode, 2);
    assert.equal((await run(runDir, ['why-not', 'node2', 'nowhere'])).exitCode, 2);
    assert.equal((await run(runDir, ['why-not'])).exitCode, 2);
  });
});
