import type { StatusReport } from '../control/controlProtocol.ts';
import { isFlapping } from '../core/flapping.ts';
import { isHolding } from '../core/groups.ts';
import { isPeerAlive, lackNow, peerView } from '../core/peerView.ts';
import type { GroupState, NodeState } from '../core/state.ts';
import { fenceWarnings } from './fenceWarnings.ts';

import { guardWarnings } from './guards.ts';

type Warning = StatusReport['warnings'][number];

/** What an operator should know and cannot read off the roles. Ids are stable. */
export function warningsOf(state: NodeState, atMs: number): readonly Warning[] {
  return [
    ...nodeWarnings(state, atMs),
    ...guardWarnings(state, atMs),
    ...state.groups.flatMap((group) => groupWarnings(state, group, atMs)),
  ];
}

function nodeWarnings(state: NodeState, atMs: number): readonly Warning[] {
  const found: Warning[] = [];
  if (state.runner === 'away') {
    const sentence = 'the runner is not connected: nothing can be started, stopped or renewed here';
    found.push({ id: 'runner-away', sentence, next: 'look at: systemctl status twinbeat-runner' });
  }
  if (state.disk.failure !== undefined) {
    const sentence = `the state cannot be saved, so nothing is claimed here: ${state.disk.failure}`;
    found.push({ id: 'state-unwritable', sentence, next: 'look at the disk of the state directory' });
  }
  if (state.stall.kind === 'unsettled') {
    const sentence = `this daemon stood still for ${Math.round(state.stall.lastedMs)} ms and looks at its peer anew`;
    found.push({ id: 'stalled', sentence, next: '' });
  }
  return [...found, ...fenceWarnings(state), ...byOrder(state, atMs)];
}

/** What an operator has ordered, and may have forgotten. */
function byOrder(state: NodeState, atMs: number): readonly Warning[] {
  const { self, peer } = state.config;
  const namesOf = (groups: readonly GroupState[]): string => groups.map(({ config }) => config.name).join(' ');
  const here = state.groups.filter(({ durable }) => durable.isMaintained);
  const there = state.groups.filter(({ durable }) => durable.isPeerMaintained && !durable.isMaintained);
  const isKnownThere = there.every(({ config }) => lackNow(state, config.name, atMs) === undefined);
  const found: Warning[] = [];
  const sentence = 'is in maintenance: nothing of it is started, stopped or checked, and nothing is taken over';
  if (here.length > 0) {
    const next = `when you are done: hactl maintenance off ${namesOf(here)}`;
    found.push({ id: 'maintenance', sentence: `${namesOf(here)} ${sentence}`, next });
  }
  if (there.length > 0) {
    // What the peer said last goes on while it is silent, or when it drops the group; then it can be ended here.
    const on =
      peerView(state, atMs) === 'heard' && isKnownThere ? `on ${peer}, when you are done` : 'when you are done';
    const next = `${on}: hactl maintenance off ${namesOf(there)}`;
    found.push({ id: 'maintenance', sentence: `${namesOf(there)} ${sentence} (said on ${peer})`, next });
  }
  if (state.groups.some(({ durable }) => durable.isStandbyByOrder)) {
    const standby = `an operator put ${self} on standby: it takes nothing over`;
    found.push({ id: 'standby-by-order', sentence: standby, next: 'when it may again: hactl online' });
  }
  return found;
}

function groupWarnings(state: NodeState, group: GroupState, atMs: number): readonly Warning[] {
  const { name, digest } = group.config;
  const { self, peer } = state.config;
  const { durable, trouble } = group;
  const said = state.peer.groups[name]?.beat;
  const lack = lackNow(state, name, atMs);
  const found: Warning[] = [];
  if (durable.stopFailed !== undefined) {
    const { resource, detail } = durable.stopFailed;
    const sentence = `${resource} of ${name} could not be stopped on ${self} (${detail}): the group starts nowhere`;
    const next = `when nothing of it runs here: hactl confirm-stopped ${name} --reason TEXT`;
    found.push({ id: 'stop-failed', sentence, next });
  }
  if (durable.hasPeerStopFailed) {
    const sentence = `a stop of ${name} failed on ${peer}: the group starts nowhere`;
    const orHere = isPeerAlive(state, atMs) ? '' : `; or here, when ${peer} is off`;
    const where =
      lack === undefined ? `on ${peer}, when nothing of it runs there${orHere}` : `when nothing of it runs on ${peer}`;
    const next = `${where}: hactl confirm-stopped ${name} --reason TEXT`;
    found.push({ id: 'peer-stop-failed', sentence, next });
  }
  if (durable.isDiverged) {
    const sentence = `${name} served on both nodes during a split: what ${self} wrote meanwhile is in nobody's copy`;
    found.push({ id: 'diverged', sentence, next: 'keep that data aside before the next sync writes over it' });
  }
  if (durable.incident !== undefined) {
    found.push({
      id: 'incident',
      sentence: durable.incident.sentence,
      next: `when you have seen to it: hactl ack ${name}`,
    });
  }
  if (durable.isDownByOrder && !isHolding(group)) {
    const sentence = `${name} was taken down by an operator`;
    found.push({ id: 'down-by-order', sentence, next: `hactl takeover ${name}` });
  }
  if (isFlapping(group)) {
    const sentence = `${name} moved ${durable.movesWallMs.length} times by itself within an hour: it stays where it is`;
    found.push({ id: 'flapping', sentence, next: `find out why, then: hactl ack ${name}` });
  }
  if (trouble.sentence !== undefined && (trouble.isGivingUp || trouble.backoffUntilMs > atMs)) {
    found.push({ id: 'resource-trouble', sentence: `${name}: ${trouble.sentence}`, next: 'hactl events --since 1h' });
  }
  if (lack !== undefined || (said !== undefined && said.digest !== digest)) {
    const sentence =
      lack === undefined
        ? `${self} and ${peer} have different configurations of ${name}: no planned move until they are the same`
        : `the configuration of ${peer} has no group ${name}: nothing moves it there until they are the same`;
    found.push({
      id: 'config-differs',
      sentence,
      next: 'copy the files to both nodes, then: systemctl reload twinbeat',
    });
  }
  return found;
}
