import type { GroupReport, StatusReport } from '../../control/controlProtocol.ts';
import { pad, shorten, shortenAll, widthOf, wrap } from '../text/layout.ts';
import type { Tone } from '../text/paint.ts';
import { between, clock, duration } from '../text/time.ts';
import { isHeard, peerOf, placeOf } from './place.ts';
import type { StatusLook } from './statusText.ts';

/** A name column is as wide as its longest name, within reason; `--json` has every name in full. */
const groupWidthMax = 16;
const channelWidthMax = 16;
const nodeWidthMax = 36;
const margin = '  ';

/** A fact of a group, in colour where it deviates. */
interface Fact {
  readonly text: string;
  readonly tone?: Tone;
}

export function groupLines(status: StatusReport, look: StatusLook): readonly string[] {
  const widest = Math.max(0, ...status.groups.map(({ name }) => widthOf(name)));
  // Long names stand on lines of their own, so that they need not be cut.
  const hasOwnLine = widest > groupWidthMax;
  const indent = hasOwnLine ? margin.repeat(3) : margin + ' '.repeat(widest) + margin;
  return status.groups.flatMap((group) => {
    const facts: readonly Fact[] = [
      { text: groupTitle(group, status), tone: groupTone(group, status) },
      { text: hereFact(group, status) },
      ...peerFacts(group, status),
      ...copyFacts(group, status),
      ...resourceFacts(group),
    ];
    const [titles = [], ...body] = facts.map(({ text, tone }) => {
      const lines = hang(text, look.width - indent.length);
      return tone === undefined ? lines : lines.map((line) => look.paint(tone, line));
    });
    const name = look.paint('title', hasOwnLine ? shorten(group.name, look.width - 2) : pad(group.name, widest));
    const first = hasOwnLine ? [margin + name, indent + titles[0]] : [margin + name + margin + titles[0]];
    return [...first, ...[...titles.slice(1), ...body.flat()].map((line) => indent + line)];
  });
}

function groupTone(group: GroupReport, status: StatusReport): Tone {
  const { kind } = placeOf(group, status);
  if (kind === 'active') return 'good';
  return kind === 'moving' ? 'warning' : 'bad';
}

function groupTitle(group: GroupReport, status: StatusReport): string {
  const place = placeOf(group, status);
  const epoch = group.epoch.counter === 0 ? 'never owned' : `epoch ${group.epoch.counter}`;
  const forMs = between(group.since, status.at);
  const since = `since ${clock(group.since, status.at)}${forMs === undefined ? '' : ` (${duration(forMs)})`}`;
  switch (place.kind) {
    case 'active':
      return `active on ${place.node} ${since}, ${epoch}`;
    case 'twice':
      return `active on BOTH nodes ${since}, ${epoch}`;
    case 'moving':
      return `${place.role} on ${place.node} ${since}, ${epoch}`;
    case 'failed':
      return `failed on ${place.node} ${since}, ${epoch}`;
    case 'unknown':
      return `last seen on ${place.node}, which is silent; ${epoch}`;
    case 'nowhere':
      return `active nowhere ${since}, ${epoch}`;
  }
}

function hereFact(group: GroupReport, { node }: StatusReport): string {
  return `${node} (here): ${group.role}, because ${group.because.sentence} [${group.because.rule}]`;
}

function peerFacts(group: GroupReport, status: StatusReport): readonly Fact[] {
  const peer = peerOf(status);
  const wish: readonly Fact[] = group.wish === null ? [] : [{ text: `wish: ${group.wish}`, tone: 'warning' }];
  if (peer === undefined) return wish;
  const ago = peer.report.heardAgoMs;
  if (group.peerRole === null || ago === null) return [{ text: `${peer.name}: never heard` }, ...wish];
  const was = isHeard(peer.report) ? '' : 'was ';
  const role = `${peer.name} (heard ${duration(ago)} ago): ${was}${group.peerRole}`;
  const armed = group.armed[peer.name];
  if (armed === undefined || group.peerRole === 'active' || !isHeard(peer.report)) return [{ text: role }, ...wish];
  if (armed.armed) return [{ text: `${role}, ready to take over` }, ...wish];
  const why = `NOT ready: ${armed.because.sentence} [${armed.because.rule}]`;
  return [{ text: `${role}, ${why}`, tone: 'warning' }, ...wish];
}

function copyFacts({ data, lag, stale, staleSince }: GroupReport, { at }: StatusReport): readonly Fact[] {
  if (data !== 'copied') return [];
  const facts = [
    ...(stale ? [`STALE${staleSince === null ? '' : ` since ${clock(staleSince, at)}`}`] : []),
    ...(lag === null ? [] : [`last sync here began ${duration(lag * 1000)} ago`]),
  ];
  if (facts.length === 0) return [];
  const text = `copy here: ${facts.join(', ')}`;
  return stale ? [{ text, tone: 'bad' }] : [{ text }];
}

/** What deviates first. */
const stateOrder = ['failed', 'unknown', 'stopping', 'starting', 'running', 'stopped'];

const resourceTones: ReadonlyMap<string, Tone> = new Map([
  ['failed', 'bad'],
  ['unknown', 'warning'],
  ['stopping', 'warning'],
  ['starting', 'warning'],
]);

function resourceFacts(group: GroupReport): readonly Fact[] {
  const byState = new Map<string, string[]>(stateOrder.map((state) => [state, []]));
  for (const { name, state, detail } of group.resources) {
    const names = byState.get(state) ?? [];
    names.push(detail === undefined || detail === '' ? name : `${name} (${detail})`);
    byState.set(state, names);
  }
  return [...byState]
    .filter(([, names]) => names.length > 0)
    .map(([state, names]) => {
      const text = `${state}: ${names.join(', ')}`;
      const tone = resourceTones.get(state);
      return tone === undefined ? { text } : { text, tone };
    });
}

export function nodeLines(status: StatusReport, { width, paint }: StatusLook): readonly string[] {
  const nodes = Object.entries(status.nodes);
  const labels = labelsOf(Object.keys(status.nodes), nodeWidthMax);
  return nodes.map(([, node], index) => {
    const heard = node.heardAgoMs === null ? 'never heard' : `heard ${duration(node.heardAgoMs)} ago`;
    const phase = status.phase === 'online' || status.phase === node.state ? '' : `, ${status.phase}`;
    const fact = node.self ? `this node, daemon up ${duration(status.upMs)}${phase}` : heard;
    const tone = node.state === 'online' ? 'good' : 'bad';
    return row({ label: labels[index] ?? '', state: node.state, fact }, width, (text) => paint(tone, text));
  });
}

const channelTones: ReadonlyMap<string, Tone> = new Map([
  ['up', 'good'],
  ['one-way', 'warning'],
  ['down', 'bad'],
]);

export function channelLines(status: StatusReport, { width, paint }: StatusLook): readonly string[] {
  const names = status.channels.map(({ name }) => name);
  const labels = labelsOf(names, channelWidthMax);
  return status.channels.flatMap((channel, index) => {
    const heard = channel.heardAgoMs === null ? 'never heard' : `heard ${duration(channel.heardAgoMs)} ago`;
    const loss = channel.lossPct === null ? '' : `loss ${Math.round(channel.lossPct)} %`;
    const medium = channel.medium === channel.name ? channel.type : `${channel.type}, medium ${channel.medium}`;
    const fact = `${pad(heard, heardWidth)}  ${pad(loss, lossWidth)}  ${medium}`;
    const label = labels[index] ?? '';
    const tone = channelTones.get(channel.state) ?? 'warning';
    const rejected = Object.entries(channel.rejected).filter(([, count]) => count > 0);
    const notes = [
      ...(channel.detail === '' ? [] : [channel.detail]),
      ...(rejected.length === 0
        ? []
        : [`not believed: ${rejected.map(([why, count]) => `${count} ${why}`).join(', ')}`]),
    ];
    const indent = ' '.repeat(widthOf(label) + 2 * margin.length);
    return [
      row({ label, state: channel.state, fact }, width, (text) => paint(tone, text)),
      ...notes.flatMap((note) => hang(note, width - indent.length)).map((line) => indent + line),
    ];
  });
}

/** Less room holds nothing but the mark of the cut. */
const gapWidth = 4;
const stateWidth = 'starting'.length;
const heardWidth = 'heard 12 min 34 s ago'.length;
const lossWidth = 'loss 100 %'.length;

export function machineLines({ machine, beats, version }: StatusReport, { width }: StatusLook): readonly string[] {
  const { p50, p99, max } = beats.latenessMs;
  const facts = [
    `twinbeat ${version}`,
    ...(machine === undefined
      ? []
      : [`memory ${Math.round(machine.memoryUsedPct)} %`, `load ${machine.load1.toFixed(2)}`]),
    ...(machine === undefined || machine.diskUsedPct === null ? [] : [`disk ${Math.round(machine.diskUsedPct)} %`]),
  ];
  return [
    facts.join(', '),
    `beats: ${beats.sent} sent, ${beats.heard} heard${versionNote(beats)}`,
    `beats left late by: p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, worst ${max.toFixed(1)} ms`,
  ]
    .flatMap((fact) => hang(fact, width - margin.length))
    .map((line) => margin + line);
}

/** During an upgrade, and after one that was made on one side only. */
function versionNote({ version, versionMax, peerVersionMax }: StatusReport['beats']): string {
  const isHeld = version !== undefined && versionMax !== undefined && version < versionMax;
  return !isHeld || typeof peerVersionMax !== 'number' ? '' : `, in version ${version}: the peer speaks no later one`;
}

/** Names of one column: cut to `widthMax`, and as wide as the widest. */
function labelsOf(names: readonly string[], widthMax: number): readonly string[] {
  const labels = shortenAll(names, widthMax);
  const widest = Math.max(0, ...labels.map(widthOf));
  return labels.map((label) => pad(label, widest));
}

/** Wrapped lines of a fact; all but the first are indented. */
function hang(fact: string, width: number): readonly string[] {
  const [first = '', ...rest] = wrap(fact, width);
  const tail = wrap(rest.join(' '), width - margin.length).filter((line) => line !== '');
  return [first, ...tail.map((line) => margin + line)];
}

interface Row {
  readonly label: string;
  readonly state: string;
  readonly fact: string;
}

/** One line; what does not fit is cut at the end, where the least important stands. */
function row({ label, state, fact }: Row, width: number, tint: (text: string) => string): string {
  const start = `${margin}${shorten(label, width - stateWidth - 3 * margin.length)}${margin}`;
  const word = pad(shorten(state, 2 * stateWidth), stateWidth);
  const room = width - widthOf(start) - widthOf(word) - margin.length;
  const rest = room > gapWidth ? shorten(fact, room, 0).trimEnd() : '';
  return rest === '' ? `${start}${tint(word.trimEnd())}` : `${start}${tint(word)}${margin}${rest}`;
}
