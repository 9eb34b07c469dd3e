import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { NodeConfig } from '../../src/core/nodeConfig.ts';
import { petAtMs, type WatchdogReport } from '../../src/core/watchdog.ts';
import { incarnations, plainConfig, TestNode, theirs } from './testNode.ts';

const config: Partial<NodeConfig> = { guards: { watchdog: { device: '/dev/watchdog', timeoutMs: 5_000 } } };
const off: WatchdogReport = { state: 'off', timeoutMs: 5_000, canDisarm: true, detail: '' };
const armed: WatchdogReport = { ...off, state: 'armed' };

function say(node: TestNode, report: WatchdogReport): void {
  node.happen({ type: 'watchdogChanged', report });
}

function orders(node: TestNode): readonly string[] {
  return node.effects.flatMap((effect) => (effect.type === 'watchdog' ? [effect.order] : []));
}

function announced(node: TestNode): number | undefined {
  return node.effects.flatMap((effect) => (effect.type === 'send' ? [effect.beat.selfFenceMs] : [])).at(-1);
}

/** Active, with an armed watchdog. */
function guarded(): TestNode {
  const node = new TestNode({ config }).boot();
  say(node, off);
  node.hearFor(600);
  say(node, armed);
  node.hearFor(600);
  assert.equal(node.group().activity.kind, 'active');
  node.forget();
  return node;
}

suite('a node with a watchdog', () => {
  test('arms it before it claims, and claims when it is armed', () => {
    const node = new TestNode({ config }).boot();
    say(node, off);
    node.hearFor(3_000);
    assert.deepEqual(orders(node), ['arm']);
    assert.equal(node.group().activity.kind, 'idle');
    assert.equal(node.count('startJob'), 2, 'nothing but the first look at what runs');
    say(node, armed);
    node.hearFor(600);
    assert.equal(node.group().activity.kind, 'active');
  });

  test('claims nothing, and is not armed for the peer, where it cannot be armed', () => {
    const node = new TestNode({ config }).boot();
    say(node, off);
    node.hearFor(600, [{ armed: 'broken' }]);
    say(node, { ...off, state: 'failed', detail: 'busy' });
    node.hearFor(600, [{ armed: 'broken' }]);
    assert.equal(node.rule(), 'no-watchdog');
    assert.equal(node.told().armed, 'broken');
    assert.deepEqual(node.entries('watchdog'), ['the watchdog is not armed: busy']);
  });

  test('pets it with each turn of renewals, and announces its bound while it is armed', () => {
    const node = guarded();
    node.hearFor(5_000);
    assert.deepEqual(
      orders(node),
      Array.from({ length: 10 }, () => 'pet'),
    );
    assert.equal(announced(node), 5_250, 'the timeout, and the age of the oldest order that is carried out');
  });

  test('pets nothing after a stall before it has looked at its peer anew', () => {
    const node = guarded();
    node.stall(3_000);
    node.advance(500);
    assert.deepEqual(orders(node), []);
    node.hearFor(1_000);
    assert(orders(node).includes('pet'));
  });

  test('disarms it after the last verified stop, and not before', () => {
    const node = guarded();
    node.judge = () => undefined;
    node.type({ kind: 'release', groups: ['site'], isForced: true, reason: 'test', isDryRun: false });
    node.hearFor(1_000);
    assert(!orders(node).includes('disarm'), 'while a stop runs');
    node.judge = ({ action }) => ({ kind: action === 'status' ? 'stopped' : 'done' });
    for (const spec of node.running) node.finish(spec, { kind: 'done' });
    node.hearFor(400);
    assert.equal(orders(node).at(-1), 'disarm');
    say(node, off);
    node.hearFor(400);
    assert.equal(announced(node), 0);
  });

  test('keeps it armed after a stop that failed', () => {
    const node = guarded();
    node.judge = ({ action }) => (action === 'stop' ? { kind: 'failed', detail: 'no' } : { kind: 'done' });
    node.type({ kind: 'release', groups: ['site'], isForced: true, reason: 'test', isDryRun: false });
    node.hearFor(6_000);
    assert.notEqual(node.group().durable.stopFailed, undefined);
    assert(!orders(node).includes('disarm'));
  });

  test('goes on to pet a device that cannot be disarmed any more', () => {
    const node = guarded();
    say(node, { ...armed, canDisarm: false });
    node.type({ kind: 'release', groups: ['site'], isForced: true, reason: 'test', isDryRun: false });
    node.hearFor(5_000);
    assert(!orders(node).includes('disarm'));
    assert.equal(orders(node).at(-1), 'pet');
  });

  test('announces what counts on while its runner is away, and arms anew what came back off', () => {
    const node = guarded();
    node.happen({ type: 'runnerLost', reason: 'closed' });
    node.hearFor(400);
    assert.equal(announced(node), 5_250);
    assert.deepEqual(orders(node), []);
    node.happen({ type: 'runnerConnected', jobs: [], renewals: [] });
    say(node, off);
    assert.deepEqual(orders(node), ['arm']);
  });

  test('starts nothing under a claim during which it was lost, and withdraws that where it cannot be armed again', () => {
    const node = new TestNode({ config }).boot();
    say(node, off);
    node.hearFor(600);
    node.disk = 'late';
    say(node, armed);
    node.hearFor(600);
    assert.equal(node.group().activity.kind, 'claiming');
    node.happen({ type: 'runnerLost', reason: 'closed' });
    node.happen({ type: 'runnerConnected', jobs: [], renewals: [] });
    node.disk = 'good';
    node.saved();
    node.hearFor(400);
    assert.equal(node.group().activity.kind, 'starting');
    assert(!node.jobs().some((job) => job.startsWith('start')));
    say(node, { ...off, state: 'failed', detail: 'busy' });
    node.hearFor(10, [{ armed: 'broken' }]);
    assert.equal(node.group().activity.kind, 'idle');
    assert(!node.jobs().some((job) => job.startsWith('start')));
  });

  test('goes on with what it has begun to start, and with what served, where the watchdog fails meanwhile', () => {
    const starting = new TestNode({ config }).boot();
    say(starting, off);
    starting.judge = ({ action }) => (action === 'status' ? { kind: 'stopped' } : undefined);
    starting.hearFor(600);
    say(starting, armed);
    starting.hearFor(600);
    say(starting, { ...off, state: 'failed', detail: 'busy' });
    starting.judge = () => ({ kind: 'done' });
    for (const job of starting.running.splice(0)) starting.finish(job, { kind: 'done' });
    starting.hearFor(400);
    assert.equal(starting.group().activity.kind, 'active');
    const serving = guarded();
    say(serving, { ...off, state: 'failed', detail: 'busy' });
    serving.type({ kind: 'resource', group: 'site', resource: 'address', action: 'restart' });
    serving.hearFor(400);
    assert.deepEqual(
      serving.jobs().filter((job) => job.startsWith('start')),
      ['start address', 'start db'],
    );
  });

  test('says once what has become of it', () => {
    const node = new TestNode({ config });
    const told = (): readonly string[] => node.entries('watchdog');
    say(node, off);
    assert.deepEqual(told(), [], 'a device that was never armed is no news');
    say(node, armed);
    say(node, armed);
    assert.deepEqual(told(), ['the watchdog is armed: 5000 ms without a turn of this loop reset the machine']);
    say(node, off);
    say(node, off);
    assert.deepEqual(told().slice(1), ['the watchdog is off']);
    const busy: WatchdogReport = { ...off, state: 'failed', detail: 'busy' };
    say(node, busy);
    say(node, busy);
    assert.deepEqual(told().slice(2), ['the watchdog is not armed: busy']);
  });

  test('announces nothing of a device that was not armed when its runner went away', () => {
    for (const [report, boundMs] of [
      [off, 0],
      [{ ...off, state: 'failed' }, 0],
      [{ ...armed, canDisarm: false }, 5_250],
    ] as const) {
      const node = new TestNode({ config }).boot();
      say(node, report);
      for (let count = 0; count < 2; count += 1) {
        node.happen({ type: 'runnerLost', reason: 'closed' });
        node.hearFor(400);
        assert.equal(announced(node), boundMs);
        node.happen({ type: 'runnerConnected', jobs: [], renewals: [] });
      }
    }
  });

  test('is woken in time to pet it, while it is armed and the runner there', () => {
    const node = guarded();
    assert.equal(petAtMs(node.state), node.state.nextPetAtMs);
    node.happen({ type: 'runnerLost', reason: 'closed' });
    assert.equal(petAtMs(node.state), Number.POSITIVE_INFINITY);
    node.happen({ type: 'runnerConnected', jobs: [], renewals: [] });
    say(node, off);
    assert.equal(petAtMs(node.state), Number.POSITIVE_INFINITY);
  });

  test('after a reboot nothing is armed for what no longer runs', () => {
    const node = new TestNode({ config, isSameBoot: false }).boot();
    say(node, off);
    assert.deepEqual(orders(node), []);
  });
});

suite('a peer that has announced a watchdog and falls silent', () => {
  const active = { role: 'active', epoch: theirs(1), servedEpoch: theirs(1), isVerifiedStopped: false } as const;

  function standby(more: Partial<NodeConfig>, selfFenceMs: number): TestNode {
    const node = new TestNode({ config: more }).boot();
    node.hearFor(2_000, [active], { selfFenceMs, hearsOn: more.channels === undefined ? 3 : 1 });
    return node;
  }

  test('is taken over after twice its bound, by E3', () => {
    const singleChannel = { ...plainConfig.takeover, isSingleChannelAllowed: true };
    const oneMedium = { channels: plainConfig.channels.slice(0, 1), takeover: singleChannel };
    for (const config of [{}, oneMedium]) {
      const node = standby(config, 5_250);
      node.advance(10_000);
      assert.equal(node.rule(), 'watchdog-pending');
      node.advance(600);
      assert.equal(node.group().activity.kind, 'active');
      assert.match(node.entries('claimed').join(), /its watchdog has reset it/);
    }
  });

  test('is waited for anew where its next daemon was heard, which did not hear this node, and then hangs', () => {
    const node = standby({}, 5_250);
    let sequence = 0;
    node.advance(12_000, () => {
      sequence += 1;
      node.hear([active], { incarnation: incarnations.peerAgain, sequence, echo: undefined });
    });
    node.advance(10_000);
    assert.equal(node.rule(), 'watchdog-pending');
    node.advance(1_000);
    assert.equal(node.group().activity.kind, 'active');
  });

  test('is not, where one medium fell silent and that is not enough: it may be cut off', () => {
    const node = standby({ channels: plainConfig.channels.slice(0, 1) }, 5_250);
    node.advance(30_000);
    assert.equal(node.rule(), 'peer-lost-hold');
  });

  test('is not, where silence never moves a group', () => {
    const node = standby({ takeover: { ...plainConfig.takeover, mode: 'manual' } }, 5_250);
    node.advance(30_000);
    assert.equal(node.rule(), 'peer-lost-hold');
  });

  test('is taken over after deadtime where its bound is shorter', () => {
    const node = standby({}, 500);
    node.advance(2_400);
    assert.equal(node.group().activity.kind, 'active');
  });
});
