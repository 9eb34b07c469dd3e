import { clean } from '../text/clean.ts';
import { wrap } from '../text/layout.ts';
import type { Paint } from '../text/paint.ts';
import { fullTime } from '../text/time.ts';
import type { Explanation, RuleView } from './explanation.ts';

/** The rule that decides, what it looked at, how old that is; then every rule in order. */
export function explanationText(of: Explanation, look: { readonly width: number; readonly paint: Paint }): string {
  const { width, paint } = look;
  const { decides, node, group, from, at } = of;
  const when = from === 'now' ? fullTime(at) : `the newest decision up to then, ${fullTime(at)}`;
  return [
    ...wrap(clean(`${group} on ${node}: ${decides.sentence}`), width).map((line) => paint('title', line)),
    clean(`by rule ${decides.rule}, which wants: ${decides.want} (${when})`),
    '',
    paint('title', from === 'now' ? 'WHAT IT IS MADE OF' : 'FACTS THAT DECIDED'),
    ...(from === 'now' ? of.ages : factWords(decides.facts)).flatMap((line) => indented(line, width, '  ')),
    '',
    paint('title', 'RULES, the first that applies decides'),
    ...of.rules.flatMap((rule) => ruleLines(rule, look)),
  ].join('\n');
}

function ruleLines(rule: RuleView, { width, paint }: { readonly width: number; readonly paint: Paint }): string[] {
  const mark = rule.decides ? '=>' : rule.applies ? ' y' : ' -';
  const [first = '', ...rest] = indented(`${rule.rule}: ${rule.sentence}`, width, '   ');
  const why = indented(factWords(rule.facts).join(', '), width, '     ');
  const head = `${mark} ${first.trimStart()}`;
  return [
    rule.decides ? paint('good', head) : head,
    ...rest,
    ...(Object.keys(rule.facts).length === 0 ? [] : why.map((line) => paint('dim', line))),
  ];
}

/** `isPeerHolding: true` as `peer holding: yes`. */
export function factWords(facts: Explanation['facts']): readonly string[] {
  return Object.entries(facts).map(([key, value]) => {
    const words = key.replace(/^(is|has)(?=[A-Z])/, '').replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
    return `${words.trim()}: ${value === true ? 'yes' : value === false ? 'no' : value}`;
  });
}

function indented(text: string, width: number, indent: string): string[] {
  return wrap(clean(text), width - indent.length).map((line) => `${indent}${line}`);
}
