import assert from 'node:assert/strict';
import { test } from 'node:test';

import type { StatusReport } from '../../src/control/controlProtocol.ts';
import { type DurableGroup, newDurableGroup } from '../../src/core/durable.ts';
import { noEpoch } from '../../src/core/identity.ts';
import { initialState } from '../../src/core/initial.ts';
import type { NodeConfig } from '../../src/core/nodeConfig.ts';
import type { NodeState } from '../../src/core/state.ts';
import { statusReport } from '../../src/daemon/statusReport.ts';

const wallMs = Date.parse('2026-11-20T12:03:11Z');
const mine = { counter: 7, node: 'node1' };
const theirs = { counter: 8, node: 'node2' };

const config: NodeConfig = {
  cluster: 'plone',
  self: 'node1',
  peer: 'node2',
  timing: { keepaliveMs: 500, warnMs: 3000, deadMs: 10_000, initdeadMs: 60_000, leaseMs: 8000, renewMs: 500 },
  channels: [{ name: 'lan', medium: 'lan', type: 'udp', beatMs: 500, deadMs: 10_000, isSlow: false }],
  takeover: { mode: 'auto', isSingleChannelAllowed: false, isStrict: false },
  startupAlone: 'byData',
  isObserver: false,
  guards: {},
  groups: [
    {
      name: 'site',
      preferred: 'node1',
      dataClass: 'copied',
      maxLagMs: 900_000,
      digest: '01234567',
      restarts: { countMax: 2, windowMs: 600_000 },
      hasDeadMan: true,
      resources: [
        {
          name: 'zeo',
          kind: 'script',
          side: 'owner',
          startTimeoutMs: 1000,
          stopTimeoutMs: 1000,
          statusTimeoutMs: 1000,
          syncTimeoutMs: 1000,
          monitorMs: 0,
          device: undefined,
        },
      ],
    },
  ],
};

test('a daemon that has just started knows its name, its groups and nothing of its peer', () => {
  const report = reportOf(stateWith({}));
  assert.equal(report.cluster, 'plone');
  assert.equal(report.phase, 'starting');
  assert.equal(report.at, '2026-11-20T12:03:11.000Z');
  assert.deepEqual(report.nodes['node2'], {
    self: false,
    state: 'silent',
    heardAgoMs: null,
    incarnation: null,
    bootId: null,
    clockAheadSeconds: null,
  });
  assert.deepEqual(report.channels[0], {
    name: 'lan',
    type: 'udp',
    medium: 'lan',
    state: 'down',
    heardAgoMs: null,
    lossPct: null,
    isOpen: false,
    detail: 'not open yet',
    rejected: { 'bad-mac': 3 },
  });
  const [group] = report.groups;
  assert.equal(group?.owner, null);
  assert.equal(group?.peerRole, null);
  assert.deepEqual(group?.resources, [{ name: 'zeo', state: 'unknown' }]);
  assert.deepEqual(Object.keys(group?.armed ?? {}), ['node1']);
});

test('the report is plain JSON: what is not known is null, never missing', () => {
  const report = reportOf(stateWith({}));
  assert.deepEqual(JSON.parse(JSON.stringify(report)), report);
});

test('a copy that is older than what has served is stale since then, and asks for recovery', () => {
  const report = reportOf(
    stateWith({
      epoch: theirs,
      heldEpoch: mine,
      copyEpoch: mine,
      servedEpoch: theirs,
      staleSinceWallMs: wallMs - 60_000,
      sync: { beganWallMs: wallMs - 90_000, endedWallMs: wallMs - 80_000 },
    }),
  );
  const [group] = report.groups;
  assert.equal(group?.stale, true);
  assert.equal(group?.staleSince, '2026-11-20T12:02:11.000Z');
  assert.equal(group?.lag, 90);
  assert.deepEqual(report.recovery, { required: true, step: null });
});

test('the owner needs no copy: it is not stale and has no lag', () => {
  const [group] = reportOf(
    stateWith({ holding: 'serving', epoch: mine, heldEpoch: mine, copyEpoch: mine, servedEpoch: mine }),
  ).groups;
  assert.equal(group?.owner, 'node1');
  assert.deepEqual(group?.epoch, mine);
  assert.equal(group?.stale, false);
  assert.equal(group?.lag, null);
});

const warningCases: readonly {
  readonly id: string;
  readonly state: NodeState;
  readonly sentence: RegExp;
  readonly next: RegExp;
}[] = [
  {
    id: 'stop-failed',
    state: stateWith({ stopFailed: { resource: 'zeo', detail: 'still running' } }),
    sentence: /zeo of site could not be stopped on node1 \(still running\)/,
    next: /hactl confirm-stopped site --reason/,
  },
  {
    id: 'peer-stop-failed',
    state: stateWith({ hasPeerStopFailed: true }),
    sentence: /a stop of site failed on node2/,
    next: /^on node2, .*; or here, when node2 is off: hactl confirm-stopped site/,
  },
  { id: 'diverged', state: stateWith({ isDiverged: true }), sentence: /served on both nodes/, next: /keep that data/ },
  {
    id: 'down-by-order',
    state: stateWith({ isDownByOrder: true }),
    sentence: /taken down/,
    next: /hactl takeover site/,
  },
  {
    id: 'flapping',
    state: stateWith({ movesWallMs: [wallMs - 3000, wallMs - 2000, wallMs - 1000] }),
    sentence: /moved 3 times/,
    next: /hactl ack site/,
  },
  {
    id: 'maintenance',
    state: stateWith({ isMaintained: true }),
    sentence: /^site is in maintenance: nothing of it is started, stopped or checked/,
    next: /hactl maintenance off site/,
  },
  {
    id: 'maintenance',
    state: stateWith({ isPeerMaintained: true }),
    sentence: /site is in maintenance.*said on node2/,
    next: /^when you are done: hactl maintenance off site/,
  },
  {
    id: 'standby-by-order',
    state: stateWith({ isStandbyByOrder: true }),
    sentence: /an operator put node1 on standby/,
    next: /hactl online/,
  },
  { id: 'runner-away', state: stateWith({}), sentence: /runner is not connected/, next: /twinbeat-runner/ },
  {
    id: 'state-unwritable',
    state: { ...stateWith({}), disk: { ...stateWith({}).disk, failure: 'ENOSPC' } },
    sentence: /ENOSPC/,
    next: /disk/,
  },
];

for (const { id, state, sentence, next } of warningCases) {
  test(`${id} is a warning with what to type`, () => {
    const warning = reportOf(state).warnings.find((candidate) => candidate.id === id);
    assert.match(warning?.sentence ?? '', sentence);
    assert.match(warning?.next ?? '', next);
  });
}

test('a failed stop of a peer that lives is confirmed there, and nowhere else', () => {
  const state = stateWith({ hasPeerStopFailed: true });
  const candidate = { incarnation: 'b'.repeat(16), beatVersionMax: 2, highestSequence: 1, atMs: 4900, untilMs: 9000 };
  const report = reportOf({ ...state, peer: { ...state.peer, candidate } });
  const warning = report.warnings.find(({ id }) => id === 'peer-stop-failed');
  assert.match(warning?.next ?? '', /^on node2, when nothing of it runs there: hactl confirm-stopped site/);
});

test('a peer that an operator declared dead is dead, and owns nothing', () => {
  const state = { ...stateWith({}), confirmedDead: { incarnation: undefined, reason: 'burnt', isForced: false } };
  const report = reportOf(state);
  assert.equal(report.nodes['node2']?.state, 'dead');
  assert.equal(report.groups[0]?.owner, null);
});

function reportOf(state: NodeState): StatusReport {
  return statusReport(state, {
    atMs: 5000,
    wallMs,
    version: '1.2.3',
    notes: [],
    machine: undefined,
    beats: { sent: 1, heard: 2, latenessMs: { p50: 0, p99: 0, p999: 0, max: 0 } },
    rejections: () => ({ 'bad-mac': 3 }),
  });
}

function stateWith(change: Partial<DurableGroup>): NodeState {
  const group = { ...newDurableGroup('site', wallMs), epoch: noEpoch, ...change };
  const bootId = '0123456789abcdef';
  return initialState({
    config,
    incarnation: 'aaaaaaaaaaaaaaaa',
    bootId,
    durable: { cluster: 'plone', node: 'node1', bootId, groups: [group] },
    isHoldMode: false,
    atMs: 1000,
    wallMs,
  });
}
