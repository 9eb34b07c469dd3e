import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { factsOf } from '../../src/core/facts.ts';
import type { NodeConfig } from '../../src/core/nodeConfig.ts';
import { groupConfig, incarnations, own, plainConfig, served, TestNode, theirs } from './testNode.ts';

const router = '192.0.2.1';
const ping = { targets: [router], intervalMs: 1_000, timeoutMs: 500 };
const fence = { delayMs: 0, attemptMsMax: 1_000, testMs: 0, testMsMax: 1_000, isAtStartup: true };
const witness = { leaseMs: 6_000, renewMs: 500, timeoutMs: 250, stopMs: 1_000 };
const serves = { role: 'active', epoch: theirs(1), servedEpoch: theirs(1), isVerifiedStopped: false } as const;

function blindStandby(config: Partial<NodeConfig>): TestNode {
  const node = new TestNode({ config }).boot();
  node.happen({ type: 'pingChanged', target: router, isUp: false });
  node.hearFor(1_000, [serves], { hearsOn: config.channels === undefined ? 3 : 1 });
  return node;
}

suite('a node that no ping target answers', () => {
  test('takes what its peer has stopped and left: it is no matter of silence', () => {
    const node = blindStandby({ guards: { ping } });
    node.hearFor(400, [{ role: 'released', epoch: theirs(1), servedEpoch: theirs(1) }], { phase: 'left' });
    node.advance(400);
    assert.equal(node.group().activity.kind, 'active');
  });

  test('is told of that only where its evidence would be enough otherwise, or a fence waits for it', () => {
    const channels = plainConfig.channels.slice(0, 1);
    for (const [config, rule] of [
      [{ guards: { ping }, channels }, 'peer-lost-hold'],
      [{ guards: { ping } }, 'peer-lost-blind'],
      [{ guards: { ping, fence }, channels }, 'peer-lost-blind'],
    ] as const) {
      const node = blindStandby(config);
      node.advance(10_000);
      assert.equal(node.rule(), rule);
    }
  });
});

suite('a peer that left', () => {
  test('and let something run is followed by nobody', () => {
    const node = new TestNode().boot();
    node.hearFor(400, [serves]);
    node.hearFor(400, [{ ...serves, armed: 'leaving' }], { phase: 'left' });
    node.advance(10_000);
    assert.equal(node.group().activity.kind, 'idle');
  });
});

test('with takeover.strict the lease of a peer counts from its last beat, also when that came one-way', () => {
  const takeover = { ...plainConfig.takeover, isStrict: true };
  const node = new TestNode({ config: { takeover } }).boot();
  node.hearFor(2_000, [serves]);
  const echo = { incarnation: node.state.incarnation, sequence: node.state.beats.sequence };
  node.advance(10_000, () => node.hear([serves], { echo }));
  node.advance(4_500);
  assert.equal(node.rule(), 'peer-lost-hold');
  node.advance(1_000);
  assert.equal(node.group().activity.kind, 'active');
});

suite('a takeover that was typed and waits for the address', () => {
  const takeover = { kind: 'takeover', groups: ['site'], isForced: false, reason: '', isDryRun: false } as const;
  const lost = served('site', { holding: 'nothing' });

  /** The last owner, whose address a stranger holds; the peer falls silent. */
  function waiting(guards: NodeConfig['guards']): TestNode {
    const node = new TestNode({ config: { guards }, disk: [lost] });
    node.askAnswer = { kind: 'answered', mac: '02:00:00:00:00:09', address: '192.0.2.80' };
    node.boot().hearFor(1_000, [{ epoch: own(1), servedEpoch: own(1) }]);
    assert.equal(node.type(takeover).answer.kind, 'accepted');
    node.advance(5_000);
    node.askAnswer = { kind: 'silent' };
    node.advance(1_000);
    return node;
  }

  test('goes on by the last owner when the peer falls silent', () => {
    const claim = waiting({}).effects.find((effect) => effect.type === 'record' && effect.entry.id === 'claimed');
    assert(claim?.type === 'record');
    assert.equal(claim.entry.rule, 'wish-claim');
  });

  test('needs the lease where there is a witness', () => {
    const node = waiting({ witness });
    assert.deepEqual(node.entries('claimed'), []);
    assert.equal(node.rule(), 'witness-pause');
  });
});

suite('alone after its start, with startup.alone: take,', () => {
  const alone = { startupAlone: 'take' } as const;
  const copied = [groupConfig('site', { dataClass: 'copied' })];

  test('a node takes also what is copied', () => {
    const node = new TestNode({ config: { ...alone, groups: copied } }).boot();
    node.advance(11_000);
    assert.equal(node.group().activity.kind, 'active');
  });

  test('a node takes nothing that its fence could not see to, unless the peer was proven away', () => {
    for (const isPeerProvenAway of [false, true]) {
      const disk = [served('site', { holding: 'nothing', isPeerProvenAway })];
      const node = new TestNode({ config: { ...alone, guards: { ping, fence } }, disk }).boot();
      node.happen({ type: 'pingChanged', target: router, isUp: false });
      node.advance(11_000);
      assert.equal(node.rule(), isPeerProvenAway ? 'owner' : 'startup-alone-hold');
    }
  });
});

suite('a node that still asks what runs here', () => {
  test('is outranked only in what its disk says that it held', () => {
    for (const holding of ['nothing', 'serving'] as const) {
      const node = new TestNode({ disk: [served('site', { holding })] });
      node.hear([{ ...serves, epoch: theirs(2), servedEpoch: theirs(2) }]);
      node.hear([{ ...serves, epoch: theirs(2), servedEpoch: theirs(2) }]);
      assert.equal(node.group().activity.kind, 'checking');
      assert.equal(factsOf(node.state, node.group(), node.atMs, node.wallMs).isOutranked, holding === 'serving');
    }
  });
});

suite('an owner that its peer does not hear', () => {
  const one = plainConfig.channels.slice(0, 1);
  const single = { ...plainConfig.takeover, isSingleChannelAllowed: true };
  const watchdog = { device: '/dev/watchdog', timeoutMs: 5_000 };
  const cases: ReadonlyArray<readonly [string, Partial<NodeConfig>, boolean]> = [
    ['two media would fall silent for it', {}, true],
    ['one medium is enough for it', { channels: one, takeover: single }, true],
    ['it has a fence', { channels: one, guards: { fence } }, true],
    ['the watchdog here would have reset this node', { channels: one, guards: { watchdog } }, true],
    ['only one medium falls silent', { channels: one }, false],
  ];
  for (const [why, config, handsOver] of cases) {
    test(`${handsOver ? 'hands over' : 'keeps the group'} where ${why}`, () => {
      const node = new TestNode({ config }).boot();
      const report = { state: 'off', timeoutMs: 5_000, canDisarm: true, detail: '' } as const;
      if (config.guards?.watchdog !== undefined) node.happen({ type: 'watchdogChanged', report });
      node.hearFor(600, [{}], { hearsOn: config.channels === undefined ? 3 : 1 });
      if (config.guards?.watchdog !== undefined) {
        node.happen({ type: 'watchdogChanged', report: { ...report, state: 'armed' } });
      }
      node.hearFor(600, [{}], { hearsOn: config.channels === undefined ? 3 : 1 });
      assert.equal(node.group().activity.kind, 'active');
      const echo = { incarnation: incarnations.self, sequence: node.state.beats.sequence };
      node.hearFor(1_600, [{ epoch: own(1), servedEpoch: own(1) }], { echo, phase: 'suspect' });
      assert.equal(node.group().durable.isReleasingToPeer, handsOver);
    });
  }
});
