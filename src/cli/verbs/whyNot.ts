import { exitCodes } from '../../control/controlProtocol.ts';
import { type WhyNot, whyNot } from '../../sim/live/whyNot.ts';
import { type Call, finish } from '../daemon.ts';
import { namedGroups } from '../live/namedGroups.ts';
import { readSnapshot } from '../live/readSnapshot.ts';
import { clean, jsonLine } from '../text/clean.ts';
import { wrap } from '../text/layout.ts';
import { type Paint, paintFor } from '../text/paint.ts';
import { duration } from '../text/time.ts';

/** `hactl why-not node2 site`: what keeps that node from taking the group over now, and what to type. */
export async function whyNotVerb(
  call: Call,
  node: string,
  name: string | undefined,
  file: string | undefined,
): Promise<number> {
  const read = await readSnapshot(call, file);
  if (read.snapshot === undefined) return read.exitCode;
  const { snapshot } = read;
  const { self, peer } = snapshot.state.config;
  if (node !== self && node !== peer) {
    const sentence = `there is no node ${node}; there is ${self}, ${peer}`;
    const line = { type: 'failed', sentence, next: 'hactl status', exitCode: exitCodes.usage } as const;
    return finish(call, { kind: 'answered', line });
  }
  const groups = await namedGroups(call, snapshot.state, name);
  if (typeof groups === 'number') return groups;
  const all = groups.flatMap(({ config }) => whyNot(snapshot, node, config.name) ?? []);
  const { io, isJson } = call;
  const look = { width: io.width(), paint: paintFor(io.hasColours) };
  if (isJson) for (const one of all) await io.out(jsonLine({ at: snapshot.at, ...one }));
  else await io.out(all.map((one) => whyNotText(one, snapshot.state.config, look)).join('\n\n'));
  return exitCodes.ok;
}

function whyNotText(
  of: WhyNot,
  pair: { readonly self: string; readonly peer: string },
  { width, paint }: { readonly width: number; readonly paint: Paint },
): string {
  const { node, group, now, armed, ifOtherDies, ifAsked, next } = of;
  const other = node === pair.self ? pair.peer : pair.self;
  const lines = (text: string, indent: string): readonly string[] =>
    wrap(clean(text), width - indent.length).map(
      (line, index) => (index === 0 ? indent : ' '.repeat(indent.length)) + line,
    );
  const head = of.isHolding ? `${node} holds ${group}` : `${node} does not hold ${group}`;
  const from = of.from === 'itself' ? '' : `, as far as its beats tell ${pair.self}`;
  const does = of.isHolding ? 'keeps it' : 'takes over';
  const death = ifOtherDies.takesOver
    ? `it ${does}${ifOtherDies.afterMs === undefined ? '' : ` after ${duration(ifOtherDies.afterMs)}`}`
    : `it ${of.isHolding ? 'does not keep it' : 'does not take over'}`;
  const rule =
    ifOtherDies.rule === undefined
      ? ''
      : `: ${ifOtherDies.rule.sentence} [${[ifOtherDies.rule.rule, ifOtherDies.evidence].filter(Boolean).join(', ')}]`;
  const asked = ifAsked.kind === 'accepted' ? `accepted: ${ifAsked.sentence}` : `refused: ${ifAsked.sentence}`;
  return [
    ...lines(`${head}${from}: ${now.sentence} [${now.rule}]`, '').map((line) => paint('title', line)),
    ...lines(`${armed.isArmed ? 'armed' : 'not armed'}: ${armed.sentence} [${armed.reason}]`, '  '),
    ...lines(`if ${other} dies now, ${death}${rule}`, '  '),
    ...(of.isHolding ? [] : lines(`hactl takeover ${group}, typed on ${node}: ${asked}`, '  ')),
    ...next.flatMap((one) => lines(one, '  => ')),
  ].join('\n');
}
