import { channelView } from '../../core/media.ts';
import { peerView } from '../../core/peerView.ts';
import type { AskVerdict, GroupState, NodeState } from '../../core/state.ts';
import { duration } from '../text/time.ts';

/** How old everything is that the facts of a group come from, as sentences. */
export function ageLines(state: NodeState, group: GroupState, atMs: number, wallMs: number): readonly string[] {
  return [
    peerLine(state, atMs),
    channelLine(state, atMs),
    ...saidLine(state, group),
    ...addressLine(group, atMs),
    ...linkLines(state, atMs),
    ...copyLine(group, wallMs),
    hereLine(state, atMs),
  ];
}

function peerLine(state: NodeState, atMs: number): string {
  const { peer, config } = state;
  const view = peerView(state, atMs);
  const words = { never: 'was never heard', unaware: 'beats, and has not heard this daemon', left: 'has left' };
  const said = view in words ? words[view as keyof typeof words] : `is ${view === 'oneWay' ? 'one-way' : view}`;
  if (peer.freshAsOfMs === undefined) return `${config.peer} ${said}`;
  return `${config.peer} ${said}: it was alive ${duration(atMs - peer.freshAsOfMs)} ago, by the echo in its beats`;
}

function channelLine(state: NodeState, atMs: number): string {
  const each = state.config.channels.map(({ name }, index) => {
    const heardAtMs = state.channels[index]?.heardAtMs;
    const age = heardAtMs === undefined ? 'never heard' : `heard ${duration(atMs - heardAtMs)} ago`;
    return `${name} ${channelView(state, index, atMs)}, ${age}`;
  });
  return `channels: ${each.join('; ')}`;
}

function saidLine(state: NodeState, { config }: GroupState): readonly string[] {
  const said = state.peer.groups[config.name];
  if (said?.lack !== undefined)
    return [`the configuration of ${state.config.peer} has no group ${config.name}, as its beat ${said.sequence} says`];
  if (said?.beat === undefined) return [`${state.config.peer} has said nothing of ${config.name}`];
  const { role, armed, epoch } = said.beat;
  return [`its newest word of ${config.name} is beat ${said.sequence}: ${role}, ${armed}, epoch ${epoch.counter}`];
}

function addressLine({ config, ask }: GroupState, atMs: number): readonly string[] {
  if (!config.resources.some(({ kind }) => kind === 'address')) return [];
  const last: AskVerdict = ask.kind === 'none' ? { kind: 'never' } : ask.last;
  switch (last.kind) {
    case 'never':
      return ['the floating address was not asked for'];
    case 'silent':
      return [`nobody answered for the floating address ${duration(atMs - last.askedAtMs)} ago`];
    case 'answered': {
      const whose = last.byPeer ? "the peer's" : "not the peer's";
      return [`${last.address} was answered by ${last.mac}, ${whose}, ${duration(atMs - last.askedAtMs)} ago`];
    }
    case 'impossible':
      return [`the floating address cannot be asked for since ${duration(atMs - last.sinceMs)}: ${last.detail}`];
  }
}

function linkLines(state: NodeState, atMs: number): readonly string[] {
  return Object.entries(state.links).map(
    ([device, { hasCarrier, sinceMs }]) =>
      `${device} ${hasCarrier ? 'has carrier' : 'has no carrier'} since ${duration(atMs - sinceMs)}`,
  );
}

function copyLine({ config, durable }: GroupState, wallMs: number): readonly string[] {
  if (config.dataClass !== 'copied') return [];
  const { sync, copyEpoch, servedEpoch } = durable;
  const epochs = `copy of epoch ${copyEpoch.counter}, served epoch ${servedEpoch.counter}`;
  if (sync === undefined) return [`${epochs}; no sync has completed here`];
  return [`${epochs}; the last completed sync began ${duration(wallMs - sync.beganWallMs)} ago`];
}

function hereLine({ lastStallEndMs, runner, disk }: NodeState, atMs: number): string {
  const stall = lastStallEndMs === undefined ? 'no stall' : `last stall ${duration(atMs - lastStallEndMs)} ago`;
  return `here: ${stall}; runner ${runner}; ${disk.failure === undefined ? 'disk writable' : `disk: ${disk.failure}`}`;
}
