import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ageLines } from '../../src/cli/explain/ages.ts';
import { parseSnapshot, snapshotText } from '../../src/control/snapshot/snapshot.ts';
import { factsOf } from '../../src/core/facts.ts';
import { lackNow, saidNow } from '../../src/core/peerView.ts';
import { whyNotReconfigure } from '../../src/core/reconfigure.ts';
import { peerDigest } from '../../src/daemon/statusReport.ts';
import { warningsOf } from '../../src/daemon/statusWarnings.ts';
import { activeNode, groupConfig, incarnations, own, plainConfig, served, TestNode, theirs } from './testNode.ts';

const release = { kind: 'release', groups: ['site'], isForced: false, reason: '', isDryRun: false } as const;
const takeover = { ...release, kind: 'takeover' } as const;
const maintenanceOff = { kind: 'maintenance', groups: ['site'], isOn: false, reason: '' } as const;
const peerIdle = { role: 'standby', epoch: own(1), servedEpoch: own(1) } as const;
const peerServes = { role: 'active', epoch: theirs(3), servedEpoch: theirs(3), isVerifiedStopped: false } as const;

/** An owner whose peer, which could have taken the group, has lost it by a reload. */
function owner(options: ConstructorParameters<typeof TestNode>[0] = {}): TestNode {
  const node = activeNode(options);
  node.hearFor(1_000, [peerIdle]);
  node.hearFor(1_000, []);
  return node;
}

/** A node that cannot take the group, beside a peer that stands by, and then loses the group. */
function idle(last: Parameters<TestNode['hear']>[0] = [{ armed: 'broken' }]): TestNode {
  const node = new TestNode({ config: { isObserver: true } }).boot();
  node.hearFor(1_000, last);
  node.hearFor(1_000, []);
  node.type({ kind: 'online' });
  return node;
}

const lack = (node: TestNode): string | undefined => lackNow(node.state, 'site', node.atMs);

suite('a group that the config of the peer has no more', () => {
  test('is released to it no more, and the operator is told why and what to do', () => {
    const node = owner();
    const { answer } = node.type(release);
    assert(answer.kind === 'refused');
    assert.equal(answer.sentence, 'node2 is not armed for site: its configuration has no such group');
    assert.match(answer.next, /copy the files to both nodes.*reload twinbeat; or hactl release site --force/);
    assert.equal(node.group().activity.kind, 'active');
  });

  test('is taken down by force, and started here again by a takeover', () => {
    const node = owner();
    assert.equal(node.type({ ...release, isForced: true, reason: 'x' }).answer.kind, 'accepted');
    node.hearFor(1_000, []);
    assert.equal(node.rule(), 'down-by-order');
    assert.equal(node.type(takeover).answer.kind, 'accepted');
    node.hearFor(1_000, []);
    assert.equal(node.group().activity.kind, 'active');
  });

  test('stays with its owner when a resource fails there, and is started there again after the pause', () => {
    const node = owner();
    node.judge = ({ action }) => ({ kind: action === 'status' ? 'stopped' : 'failed', detail: 'x' });
    node.happen({ type: 'configChanged', config: { ...node.state.config, groups: [groupConfig('site')] } });
    node.state = {
      ...node.state,
      groups: node.state.groups.map((group) => ({ ...group, trouble: { ...group.trouble, isGivingUp: true } })),
    };
    node.judge = ({ action }) => ({ kind: action === 'status' ? 'stopped' : 'done' });
    node.hearFor(1_000, []);
    assert.equal(node.group().activity.kind, 'idle');
    assert.equal(node.told().isReleasedToPeer, false);
    assert.equal(node.rule(), 'backoff');
    node.hearFor(120_000, []);
    assert.equal(node.group().activity.kind, 'active');
  });

  test('does not go back to it by failback', () => {
    const config = { groups: [groupConfig('site', { preferred: 'node2', failbackAfterMs: 5_000 })] };
    const node = new TestNode({ config }).boot();
    node.hearFor(1_000, [{ armed: 'broken' }]);
    assert.equal(node.group().activity.kind, 'active');
    node.hearFor(3_000, [peerIdle]);
    assert.notEqual(node.group().canFailBackSinceMs, undefined);
    node.hearFor(20_000, []);
    assert.equal(node.group().activity.kind, 'active');
    assert.equal(node.group().canFailBackSinceMs, undefined);
  });

  test('is taken back by the owner that had stopped for it', () => {
    const node = activeNode();
    node.hearFor(1_000, [peerIdle]);
    assert.equal(node.type(release).answer.kind, 'accepted');
    node.hearFor(500, [peerIdle]);
    assert.equal(node.rule(), 'nobody-active-peer');
    node.hearFor(2_000, []);
    assert.equal(node.group().activity.kind, 'active');
    assert.deepEqual(node.group().durable.heldEpoch, own(2), 'the peer may have heard the release');
  });

  test('is started here where this daemon of the peer has said that nothing of it runs there', () => {
    const node = idle();
    assert.equal(lack(node), 'free');
    node.hearFor(1_000, []);
    assert.equal(node.group().activity.kind, 'active');
    assert.match(node.entries('claimed').join(), /the peer said itself that it runs nothing of the group/);
  });

  test('is not started here where it has not said so, and a takeover is refused but for one by force', () => {
    for (const last of [[], [{ ...peerServes, role: 'stopping' }]] as const) {
      const node = idle(last);
      assert.equal(lack(node), 'unsaid');
      node.hearFor(10_000, []);
      assert.equal(node.rule(), 'peer-holds');
      const { answer } = node.type(takeover);
      assert(answer.kind === 'refused');
      assert.match(answer.sentence, /node2 has no group site, and it has not said that nothing of it runs there/);
      assert.match(
        answer.next,
        /copy the files to both nodes.*when nothing of it runs on node2: hactl takeover site --force/,
      );
      assert.equal(node.type({ ...takeover, isForced: true, reason: 'seen' }).answer.kind, 'accepted');
      node.advance(50);
      assert.equal(node.group().activity.kind, 'claiming', 'the peer may have the group again');
      assert.equal(node.group().durable.isPeerProvenAway, false);
      assert.match(node.entries('claimed').join(), /an operator confirmed that the peer is dead or has stopped/);
      node.hearFor(1_000, []);
      assert.equal(node.group().activity.kind, 'active');
      assert.equal(lack(node), 'free');
    }
  });

  test('is not started here because an earlier daemon of the peer said that nothing of it runs there', () => {
    const node = new TestNode({ config: { isObserver: true } }).boot();
    node.hearFor(1_000, [{ armed: 'broken' }]);
    node.hearFor(1_000, [], { incarnation: incarnations.peerAgain });
    node.type({ kind: 'online' });
    node.hearFor(5_000, [], { incarnation: incarnations.peerAgain });
    assert.equal(lack(node), 'unsaid');
    assert.equal(node.rule(), 'peer-holds');

    const dropped = new TestNode({ config: { isObserver: true } }).boot();
    dropped.hearFor(1_000, [{ armed: 'broken' }]);
    dropped.hearFor(1_000, []);
    assert.equal(lack(dropped), 'free');
    dropped.hearFor(1_000, [], { incarnation: incarnations.peerAgain });
    assert.equal(lack(dropped), 'unsaid');
  });

  test('is not started here when a peer leaves whose daemon before still ran it', () => {
    const node = new TestNode().boot();
    node.hearFor(1_000, [peerServes]);
    const again = { incarnation: incarnations.peerAgain };
    node.hearFor(1_000, [], again);
    assert.equal(lack(node), 'mayRun');
    node.hear([], { ...again, phase: 'left' });
    node.advance(100);
    assert.equal(node.group().activity.kind, 'idle');
  });

  test('is gone on with after a stall in which its lease ran out', () => {
    const node = owner();
    node.missing = ['address'];
    node.stall(5_000);
    node.until(
      () => node.group().activity.kind === 'unconfirmed',
      () => node.hearFor(10, [], { isShort: true }),
    );
    node.missing = [];
    node.hearFor(1_000, []);
    assert.equal(node.group().activity.kind, 'active');
    assert.equal(node.entries('claimed').length, 1, 'it goes on by what it holds');
  });

  test('can be taken out of a maintenance that was ordered there, and of a failed stop', () => {
    const node = activeNode();
    node.hearFor(1_000, [{ ...peerIdle, armed: 'maintenance' }]);
    assert.equal(node.type(maintenanceOff).answer.kind, 'refused');
    node.hearFor(1_000, []);
    assert.equal(node.rule(), 'maintenance');
    const next = warningsOf(node.state, node.atMs).find(({ id }) => id === 'maintenance')?.next;
    assert.equal(next, 'when you are done: hactl maintenance off site');
    assert.equal(node.type(maintenanceOff).answer.kind, 'accepted');
    node.hearFor(1_000, []);
    assert.equal(node.rule(), 'owner');

    const stuck = idle([{ ...peerServes, role: 'failed' }]);
    assert.equal(stuck.group().durable.hasPeerStopFailed, true);
    const said = warningsOf(stuck.state, stuck.atMs).find(({ id }) => id === 'peer-stop-failed')?.next;
    assert.equal(said, 'when nothing of it runs on node2: hactl confirm-stopped site --reason TEXT');
    const forced = stuck.type({ ...takeover, isForced: true, reason: 'x' }).answer;
    assert.equal(forced.kind === 'refused' && forced.next, said?.replace('on node2', 'there'));
    assert.equal(stuck.type({ kind: 'confirmStopped', group: 'site', reason: 'seen' }).answer.kind, 'accepted');
    stuck.hearFor(1_000, []);
    assert.equal(stuck.group().durable.hasPeerStopFailed, false);
  });

  test('is warned of', () => {
    const warning = warningsOf(owner().state, owner().atMs).find(({ id }) => id === 'config-differs');
    assert.match(warning?.sentence ?? '', /the configuration of node2 has no group site/);
    const node = owner();
    node.hearFor(400, [peerIdle]);
    assert(!warningsOf(node.state, node.atMs).some(({ id }) => id === 'config-differs'));
  });

  test('is told as such to whoever compares the two configurations, or asks why', () => {
    const node = owner();
    const why = (): string | undefined => ageLines(node.state, node.group(), node.atMs, node.wallMs)[2];
    assert.equal(peerDigest(node.state, 'site', node.atMs), 'absent');
    assert.match(why() ?? '', /^the configuration of node2 has no group site, as its beat \d+ says$/);
    const at = { snapshot: 1, version: '1', at: '', digest: '', atMs: node.atMs, wallMs: node.wallMs } as const;
    const parsed = parseSnapshot(snapshotText({ ...at, state: node.state }));
    assert(parsed.ok, parsed.ok ? '' : parsed.sentence);
    node.hear([peerIdle]);
    assert.equal(peerDigest(node.state, 'site', node.atMs), '00000001');
    assert.match(why() ?? '', /^its newest word of site is beat/);
    const fresh = new TestNode();
    assert.equal(peerDigest(fresh.state, 'site', fresh.atMs), null);
  });

  test('counts again from the first beat that names it, with nothing that was said before', () => {
    const node = owner();
    node.hear([{ ...peerIdle, armed: 'unverified', isVerifiedStopped: false }]);
    assert.equal(saidNow(node.state, 'site', node.atMs)?.armed, 'unverified');
    assert.equal(node.type(release).answer.kind, 'refused');
    node.hearFor(400, [peerIdle]);
    assert.equal(node.type(release).answer.kind, 'accepted');
  });
});

test('a peer that drops a group of which a stop has failed there is fenced as before', () => {
  const fence = { delayMs: 5_000, attemptMsMax: 10_000, testMs: 600_000, testMsMax: 5_000, isAtStartup: false };
  const node = new TestNode({ config: { guards: { fence } } }).boot();
  node.hearFor(200, [{ ...peerServes, role: 'failed' }]);
  const before = factsOf(node.state, node.group(), node.atMs, node.wallMs);
  node.hearFor(1_000, []);
  const after = factsOf(node.state, node.group(), node.atMs, node.wallMs);
  assert.equal(before.fence, after.fence);
  assert.notEqual(after.fence, 'none');
  assert.equal(node.rule(), 'peer-stuck');

  const beside = owner();
  beside.hear([{ ...peerServes, epoch: own(1), servedEpoch: own(1), role: 'failed' }]);
  beside.hear([]);
  assert.equal(lack(beside), 'free');
  assert.notEqual(factsOf(beside.state, beside.group(), beside.atMs, beside.wallMs).evidence, 'E1');
});

suite('what the peer said of a group', () => {
  function said(): TestNode {
    const node = activeNode();
    node.hearFor(1_000, [peerIdle]);
    return node;
  }
  const isForgotten = (node: TestNode): boolean => saidNow(node.state, 'site', node.atMs) === undefined;

  test('is not forgotten for a short beat, which names one group, nor for one that is not fresh', () => {
    const node = said();
    node.hear([], { isShort: true });
    node.hear([], { echo: undefined });
    assert(!isForgotten(node));
    assert.equal(node.state.peer.latest['site']?.beat?.role, 'standby');
  });

  test('is not forgotten for a full beat that is older, and not known again by one', () => {
    const node = said();
    node.hear([peerIdle], { sequence: 1_000 });
    node.hear([], { sequence: 999 });
    assert(!isForgotten(node));
    node.hear([], { sequence: 1_002 });
    node.hear([peerIdle], { sequence: 1_001 });
    node.hear([peerIdle], { sequence: 1_002, isShort: true });
    assert(isForgotten(node));
    node.hear([peerIdle], { sequence: 1_003 });
    assert(!isForgotten(node));
  });

  test('is not forgotten for what another daemon of the peer says that has not heard this one', () => {
    const node = said();
    node.hear([], { incarnation: incarnations.peerAgain, sequence: 9_000, echo: undefined });
    assert.equal(node.state.peer.groups['site']?.beat?.role, 'standby');
  });

  test('is forgotten also where the peer names groups that this node does not have', () => {
    const node = said();
    node.hear([{ ...peerIdle, name: 'other' }]);
    assert(isForgotten(node));
  });

  test('is forgotten of the groups only that the beat does not name', () => {
    const node = new TestNode({ config: { groups: [groupConfig('a'), groupConfig('b')] } }).boot();
    node.hearFor(1_000, [{ name: 'a' }, { name: 'b' }]);
    node.hear([{ name: 'b' }]);
    assert.equal(lackNow(node.state, 'a', node.atMs), 'free');
    assert.equal(saidNow(node.state, 'b', node.atMs)?.role, 'standby');
  });
});

suite('a claim of a group that the peer has not', () => {
  function claiming(): TestNode {
    const node = idle();
    node.until(
      () => node.group().activity.kind === 'claiming',
      () => node.advance(10),
    );
    node.advance(5);
    return node;
  }

  test('waits for a full beat that echoes it', () => {
    const node = claiming();
    const { activity } = node.group();
    assert(activity.kind === 'claiming' && activity.needsEcho && activity.toldInSequence !== undefined);
    node.hear([], { echo: { incarnation: incarnations.self, sequence: activity.toldInSequence - 1 } });
    node.hear([], { isShort: true });
    node.advance(5);
    assert.equal(node.group().activity.kind, 'claiming');
    node.hear([]);
    node.advance(5);
    assert.equal(node.group().activity.kind, 'active');
  });

  test('is withdrawn when the peer has the group again and holds it', () => {
    const node = claiming();
    node.hear([{ role: 'starting', epoch: theirs(9), isVerifiedStopped: false }]);
    node.advance(5);
    assert.equal(node.group().activity.kind, 'idle');
  });
});

suite('a reload of this node', () => {
  const given = (node: TestNode, names: readonly string[]): void =>
    node.happen({
      type: 'configChanged',
      config: { ...node.state.config, groups: names.map((name) => groupConfig(name)) },
    });

  test('that brings a group back brings nothing back that the peer said of it before', () => {
    const groups = [groupConfig('site'), groupConfig('mail')];
    const node = new TestNode({ config: { groups, isObserver: true } }).boot();
    const mail = { name: 'mail', armed: 'broken' } as const;
    node.hearFor(400, [{ role: 'released', isReleasedToPeer: true, epoch: theirs(3) }, mail]);
    given(node, ['mail']);
    // It has taken the group back since, and this node could not read that.
    node.hearFor(5_000, [mail]);
    given(node, ['mail', 'site']);
    node.forget();
    node.type({ kind: 'online' });
    node.hear([{ role: 'released', isReleasedToPeer: true, epoch: theirs(3) }, mail], {
      sequence: node.state.peer.highestSequence - 1,
    });
    node.advance(100);
    assert.equal(node.rule(), 'peer-holds');
    assert.deepEqual(node.jobs(), []);
    node.hearFor(400, [{ ...peerServes, epoch: theirs(4) }, mail]);
    assert.equal(saidNow(node.state, 'site', node.atMs)?.role, 'active');
  });

  test('that drops a group is refused while a resource of it could not be stopped', () => {
    const stopFailed = { resource: 'db', detail: 'x' };
    const disk = [served('site', { holding: 'stopping', stopFailed })];
    const node = new TestNode({ disk });
    node.judge = () => ({ kind: 'running' });
    node.boot();
    node.hearFor(400);
    const config = { ...plainConfig, groups: [] };
    assert.match(
      whyNotReconfigure(node.state, config) ?? '',
      /db of it could not be stopped.*hactl confirm-stopped site/,
    );
    node.type({ kind: 'confirmStopped', group: 'site', reason: 'seen' });
    node.advance(10);
    assert.doesNotMatch(whyNotReconfigure(node.state, config) ?? '', /could not be stopped/);
  });
});

test('an owner that is not heard by a peer which lacks the group hands nothing over', () => {
  const node = owner();
  node.advance(1_400, () => node.hear([], { phase: 'suspect', echo: { incarnation: incarnations.self, sequence: 1 } }));
  assert.equal(node.group().activity.kind, 'active');
  assert.equal(factsOf(node.state, node.group(), node.atMs, node.wallMs).isNotHeard, false);
});
