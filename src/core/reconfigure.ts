import { hasDeadManOrder, leaveDeadManOrder } from './deadMan.ts';
import { newGroupBeside } from './durable.ts';
import { isHolding } from './groups.ts';
import { newChannel, newGroup } from './initial.ts';
import type { Moment } from './moment.ts';
import { record } from './moment.ts';
import type { NodeConfig } from './nodeConfig.ts';
import { wordsUnder } from './peerWords.ts';
import type { GroupState, NodeState } from './state.ts';

/**
 * Why a new configuration cannot be taken over now; undefined when it can. What is held must not change
 * under the feet of what runs: it is released first.
 */
export function whyNotReconfigure(state: NodeState, config: NodeConfig): string | undefined {
  if (
    config.self !== state.config.self ||
    config.peer !== state.config.peer ||
    config.cluster !== state.config.cluster
  ) {
    return 'the cluster or its nodes have other names: restart the daemon';
  }
  for (const group of state.groups) {
    const { name, digest } = group.config;
    const next = config.groups.find((other) => other.name === name);
    if (next?.digest === digest) continue;
    const change = `its configuration is ${next === undefined ? 'gone' : 'another'}`;
    if (next === undefined && group.durable.stopFailed !== undefined)
      return `group ${name}: ${change}, and ${group.durable.stopFailed.resource} of it could not be stopped: see to it, then: hactl confirm-stopped ${name} --reason TEXT`;
    if (isHolding(group)) return `group ${name} is held here, and ${change}: release it first`;
    if (isBusy(group)) return `group ${name}: ${change}, and a job of it still runs: try again when that is over`;
  }
  return undefined;
}

/** A daemon that has just started asks what runs: it is over soon. */
export function isBeingChecked({ activity }: GroupState): boolean {
  return activity.kind === 'checking';
}

function isBusy({ job, activity }: GroupState): boolean {
  return job !== undefined || (activity.kind === 'checking' && activity.adopted.length > 0);
}

/** Takes a new configuration over. What did not change goes on; a new or changed group is checked first. */
export function reconfigure(state: NodeState, config: NodeConfig, moment: Moment): NodeState {
  const reason = whyNotReconfigure(state, config);
  if (reason !== undefined) {
    record(moment, 'config-changed', `the new configuration is not taken over: ${reason}`, { level: 'error' });
    return state;
  }
  const others = state.groups.map(({ durable }) => durable);
  const groups = config.groups.map((next) => {
    const known = state.groups.find((group) => group.config.name === next.name);
    if (known === undefined) {
      const before = state.retiredGroups.find(({ name }) => name === next.name);
      return newGroup(next, before ?? newGroupBeside(others, next.name, moment.wallMs), moment.atMs);
    }
    return known.config.digest === next.digest
      ? { ...known, config: next }
      : newGroup(next, known.durable, moment.atMs);
  });
  const channels = config.channels.map(({ name }, index) => {
    const isSame = state.config.channels[index]?.name === name;
    return (isSame ? state.channels[index] : undefined) ?? newChannel(moment.atMs);
  });
  record(moment, 'config-changed', 'the new configuration is in force');
  const witnessSinceMs = state.config.guards.witness === undefined ? moment.atMs : state.witnessSinceMs;
  const peer = { ...state.peer, ...wordsUnder(state, config) };
  const next = { ...state, config, peer, groups, retiredGroups: retiredBy(state, config), channels, witnessSinceMs };
  // What the runner counts by is in the order that it was left.
  for (const group of groups) if (hasDeadManOrder(group)) leaveDeadManOrder(next, group, moment);
  return next;
}

/** As many as nobody would configure by hand; the ones that left last are kept. */
const retiredMax = 64;

function retiredBy(state: NodeState, config: NodeConfig): NodeState['retiredGroups'] {
  const all = [...state.retiredGroups, ...state.groups.map(({ durable }) => durable)];
  return all.filter(({ name }) => !config.groups.some((group) => group.name === name)).slice(-retiredMax);
}
