import type { ChannelReport, GroupReport, NodeReport, StatusReport } from '../../control/controlProtocol.ts';
import { clock, duration } from '../text/time.ts';
import { isHeard, type Place, peerOf, placeOf } from './place.ts';

/** Something that is not as it should be, and what a person can do about it (empty: nothing). */
export interface Concern {
  /** A daemon's warning with the same id replaces it: the daemon knows more. */
  readonly id: string;
  readonly isBad: boolean;
  readonly sentence: string;
  readonly next: string;
}

/** Everything that deviates, the worst first. */
export function concernsOf(status: StatusReport): readonly Concern[] {
  const said = new Set(status.warnings.map(({ id }) => id));
  const sentences = new Set(status.warnings.map(({ sentence }) => sentence));
  const own = [
    ...status.groups.flatMap((group) => placeConcern(group, placeOf(group, status), status)),
    ...modeConcerns(status),
    ...Object.entries(status.nodes).flatMap(([name, node]) => nodeConcern(name, node, status)),
    ...status.groups.flatMap((group) => resourceConcerns(group, status)),
    ...copyConcerns(status),
    ...standbyConcerns(status),
    ...linkConcerns(status),
  ].filter(({ id, sentence }) => !said.has(id) && !sentences.has(sentence));
  const warnings = status.warnings.map((warning) => ({ ...warning, isBad: badWarnings.has(warning.id) }));
  return [...own, ...warnings].toSorted((a, b) => Number(b.isBad) - Number(a.isBad));
}

/** Warnings of the daemon that stop it from doing its work; the others can wait until the morning. */
const badWarnings: ReadonlySet<string> = new Set([
  'runner-away',
  'state-unwritable',
  'stop-failed',
  'peer-stop-failed',
  'diverged',
]);

function placeConcern(group: GroupReport, place: Place, status: StatusReport): readonly Concern[] {
  const { name } = group;
  const { rule, sentence } = group.because;
  const armed = group.armed[status.node];
  // The rule says that it may not, the other one why.
  const why = rule === 'not-armed' && armed?.armed === false ? `: ${armed.because.sentence}` : '';
  const because = `${sentence}${why} [${rule}]`;
  // A warning of the daemon about the same says better what to do.
  const isSaid = status.warnings.some(
    ({ id }) => id === rule || (place.kind === 'failed' && id === 'peer-stop-failed'),
  );
  const next = isSaid ? '' : ruleNext(group, status);
  switch (place.kind) {
    case 'active':
      return [];
    case 'twice':
      return [bad('split', `${name} is active on both nodes`, 'wait some beats: one of them yields')];
    case 'moving':
      // The headline says so; only an owner that is not sure of itself needs a reason.
      return group.role === 'unconfirmed' ? [mild('unconfirmed', `${name} is unconfirmed: ${because}`, '')] : [];
    case 'failed':
      return [
        bad(
          'group-failed',
          `${name} failed on ${place.node}${place.node === status.node ? '' : '; here'}: ${because}`,
          next,
        ),
      ];
    case 'unknown': {
      const seen = `${name} was last seen on ${place.node}, ${silence(place.node, status)}`;
      return [bad('owner-silent', `${seen}; here: ${because}`, next)];
    }
    case 'nowhere':
      return [bad('group-down', `${name} is active nowhere: ${because}`, next)];
  }
}

/** What to type for a group that is not active, by the rule that keeps it so; empty where it is to wait. */
function ruleNext({ name, because }: GroupReport, status: StatusReport): string {
  const peer = peerOf(status);
  const node = peer?.name ?? 'NODE';
  switch (because.rule) {
    case 'stop-failed':
      return `once nothing of it runs on ${status.node}, run hactl confirm-stopped ${name} --reason TEXT`;
    case 'peer-stop-failed':
      return `once nothing of it runs on ${node}, run hactl confirm-stopped ${name} --reason TEXT`;
    case 'flapping':
      return `mend the cause, then run hactl ack ${name}`;
    case 'address-answered':
      return 'find out who answers, with hactl events --since 1h';
    case 'peer-one-way':
      return 'mend the channels that are down';
    case 'not-armed':
      if (armedRule(name, status) === 'standby-by-order') return 'run hactl online';
      break;
    case 'starting-up':
    case 'peer-unaware':
    case 'backoff':
      return '';
    default:
  }
  const state = peer?.report.state;
  if (state === 'silent') return `if ${node} is off for certain, run hactl confirm-dead ${node} --reason TEXT`;
  if (state === 'left' || state === 'dead') return `hactl takeover ${name}`;
  return `run hactl takeover ${name} on the node that shall own it`;
}

/** Why this node may not take the group. */
function armedRule(name: string, status: StatusReport): string | undefined {
  return status.groups.find((group) => group.name === name)?.armed[status.node]?.because.rule;
}

function silence(node: string, { nodes }: StatusReport): string {
  const ago = nodes[node]?.heardAgoMs;
  return ago === undefined || ago === null ? 'which was never heard' : `silent for ${duration(ago)}`;
}

function modeConcerns(status: StatusReport): readonly Concern[] {
  const concerns: Concern[] = [];
  if (status.isHoldMode) {
    concerns.push(
      bad(
        'hold-mode',
        'hold mode: the daemon found a fault in itself twice; it beats and keeps what it holds, and decides nothing',
        'run journalctl -u twinbeat, report the fault, then systemctl restart twinbeat',
      ),
    );
  }
  if (status.isObserver) {
    concerns.push(
      mild('observer', 'this node is an observer: it claims nothing until it is told to', 'run hactl online'),
    );
  }
  return concerns;
}

function nodeConcern(name: string, node: NodeReport, status: StatusReport): readonly Concern[] {
  const heard = node.heardAgoMs === null ? 'it was never heard' : `it was last heard ${duration(node.heardAgoMs)} ago`;
  switch (node.state) {
    case 'online':
      return [];
    case 'starting': {
      const sentence = node.self
        ? `this daemon started ${duration(status.upMs)} ago and is getting to know its peer`
        : `${name} is starting`;
      return [mild('node-starting', sentence, '')];
    }
    case 'suspect':
      if (node.self)
        return [mild('node-suspect', `this node does not hear its peer well`, 'look at the channels below')];
      return [mild('node-suspect', `${name} is late: ${heard}`, 'look at the channels below')];
    case 'silent':
      // Said with the group that it holds, as far as one knows.
      if (status.groups.some((group) => placeOf(group, status).kind === 'unknown')) return [];
      return [
        bad('node-silent', `${name} is silent: ${heard}`, `look at ${name}: power, network, systemctl status twinbeat`),
      ];
    case 'left':
      return [mild('node-left', `${name} left: its daemon was stopped`, `on ${name}, run systemctl start twinbeat`)];
    case 'dead':
      return [bad('node-dead', `${name} is dead: ${heard}`, `mend and boot ${name}: it moves nothing by itself`)];
    default:
      return [mild('node-state', `${name} is ${String(node.state satisfies never)}`, '')];
  }
}

function resourceConcerns(group: GroupReport, { warnings }: StatusReport): readonly Concern[] {
  return (
    group.resources
      .filter(({ state }) => state === 'failed')
      // The daemon's own warning says what it means for the group.
      .filter(
        ({ name }) => !warnings.some(({ id, sentence }) => id === 'stop-failed' && sentence.startsWith(`${name} of`)),
      )
      .map(({ name, detail }) => {
        const why = detail === undefined || detail === '' ? '' : `: ${detail}`;
        return bad('resource-failed', `${name} of ${group.name} failed${why}`, 'run hactl events --since 1h');
      })
  );
}

/** The way back: copies that are older than what has served since. */
function copyConcerns(status: StatusReport): readonly Concern[] {
  const stale = status.groups.filter((group) => group.stale);
  if (!status.recovery.required && stale.length === 0) return [];
  const here = stale.map(({ name, staleSince }) => {
    const since = staleSince === null ? '' : ` since ${clock(staleSince, status.at)}`;
    return `the copy of ${name} on ${status.node} is stale${since}`;
  });
  const there = idleNodes(status).filter(({ rule }) => rule === copyStale);
  const where = [...here, ...there.map(({ node, groups }) => `the copy of ${groups.join(', ')} on ${node} is stale`)];
  const step = status.recovery.step === null ? '' : ` (next step: ${status.recovery.step})`;
  const sentence = `recovery required: ${where.length > 0 ? where.join('; ') : 'a copy is stale'}${step}`;
  const group = stale[0]?.name ?? there[0]?.groups[0] ?? 'GROUP';
  const onNode = here.length > 0 || there[0] === undefined ? '' : `on ${there[0].node}, `;
  const byHand = `or copy by hand and run hactl takeover ${group} --force --reason TEXT`;
  return [bad('recovery-required', sentence, `${onNode}bring the copy up to date with a sync, ${byHand}`)];
}

const copyStale = 'copy-stale';

/** The next failure is an outage: a node is there and cannot take over. */
function standbyConcerns(status: StatusReport): readonly Concern[] {
  return idleNodes(status)
    .filter(({ rule }) => rule !== copyStale || !status.recovery.required)
    .filter(({ node, rule }) => !isSaidByWarning(node, rule, status))
    .map(({ node, rule, sentence, groups }) =>
      mild('not-armed', `${node} cannot take over ${groups.join(', ')}: ${sentence} [${rule}]`, idleNext(node, rule)),
    );
}

/** The daemon's warning has the same id as the rule where it is about this node. */
function isSaidByWarning(node: string, rule: string, status: StatusReport): boolean {
  const isAboutThisNode = node === status.node || rule === 'maintenance';
  return isAboutThisNode && status.warnings.some(({ id }) => id === rule);
}

function idleNext(node: string, rule: string): string {
  return rule === 'standby-by-order' || rule === 'observing' ? `on ${node}, run hactl online` : '';
}

interface IdleNode {
  readonly node: string;
  readonly rule: string;
  readonly sentence: string;
  readonly groups: string[];
}

/** Standby nodes that are heard and not armed, with the groups for which it is the same reason. */
function idleNodes(status: StatusReport): readonly IdleNode[] {
  const idle = new Map<string, IdleNode>();
  for (const group of status.groups) {
    const place = placeOf(group, status);
    for (const [node, { armed, because }] of Object.entries(group.armed)) {
      const report = status.nodes[node];
      const isStandby = place.kind === 'active' && place.node !== node;
      const isSaid = group.stale && node === status.node;
      if (armed || !isStandby || isSaid || report === undefined || !isHeard(report)) continue;
      const key = JSON.stringify([node, because]);
      const entry = idle.get(key) ?? { node, ...because, groups: [] };
      entry.groups.push(group.name);
      idle.set(key, entry);
    }
  }
  return [...idle.values()];
}

function linkConcerns(status: StatusReport): readonly Concern[] {
  const peer = peerOf(status);
  // While the peer is silent every channel is down: saying so for each adds nothing.
  const isPeerHeard = peer !== undefined && isHeard(peer.report);
  const channels = isPeerHeard ? status.channels.flatMap(channelConcern) : status.channels.flatMap(closedConcern);
  if (!status.jeopardy || !isPeerHeard) return channels;
  const sentence = 'jeopardy: one usable medium is left; if it fails too, a cut cable looks like a dead peer';
  return [bad('jeopardy', sentence, 'mend the channels that are down'), ...channels];
}

/** Beats lost on a channel that people should know of; below it, cables and busy machines are like that. */
const lossConcernPct = 5;

function channelConcern(channel: ChannelReport): readonly Concern[] {
  const closed = closedConcern(channel);
  if (closed.length > 0) return closed;
  const heard =
    channel.heardAgoMs === null ? 'nothing was ever heard on it' : `last heard ${duration(channel.heardAgoMs)} ago`;
  const detail = channel.detail === '' ? '' : ` (${channel.detail})`;
  if (channel.state === 'down') return [mild('channel-down', `channel ${channel.name} is down: ${heard}${detail}`, '')];
  if (channel.state === 'one-way') {
    return [mild('channel-one-way', `channel ${channel.name} works in one direction only${detail}`, '')];
  }
  if (channel.lossPct === null || channel.lossPct < lossConcernPct) return [];
  return [mild('channel-lossy', `channel ${channel.name} loses ${Math.round(channel.lossPct)} % of the beats`, '')];
}

function closedConcern({ name, isOpen, detail }: ChannelReport): readonly Concern[] {
  if (isOpen) return [];
  return [mild('channel-closed', `channel ${name} is closed${detail === '' ? '' : `: ${detail}`}`, '')];
}

function bad(id: string, sentence: string, next: string): Concern {
  return { id, isBad: true, sentence, next };
}

function mild(id: string, sentence: string, next: string): Concern {
  return { id, isBad: false, sentence, next };
}
