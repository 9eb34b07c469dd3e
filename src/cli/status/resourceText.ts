import type { GroupReport } from '../../control/controlProtocol.ts';
import { cleanAll } from '../text/clean.ts';
import { pad, shorten, widthOf, wrap } from '../text/layout.ts';
import type { Tone } from '../text/paint.ts';
import type { StatusLook } from './statusText.ts';

type Resource = GroupReport['resources'][number];

const tones: Readonly<Record<string, Tone>> = {
  running: 'good',
  starting: 'warning',
  stopping: 'warning',
  failed: 'bad',
  unknown: 'warning',
};
const stateWidth = 'starting'.length;
const nameWidthMax = 40;

/** The resources of a group on this node, one a line, in the order of haresources. */
export function resourceText(node: string, rawGroup: GroupReport, look: StatusLook): string {
  const group = cleanAll(rawGroup);
  const title = `${group.name} on ${node}: ${group.role}, because ${group.because.sentence} [${group.because.rule}]`;
  const [first = '', ...rest] = wrap(title, look.width);
  const widest = Math.min(nameWidthMax, Math.max(0, ...group.resources.map(({ name }) => widthOf(name))));
  const lines = group.resources.flatMap((resource) => resourceLines(resource, widest, look));
  return [look.paint('title', first), ...rest.map((line) => look.paint('title', line)), ...lines].join('\n');
}

function resourceLines({ name, state, detail = '' }: Resource, nameWidth: number, look: StatusLook): readonly string[] {
  const word = shorten(state, stateWidth);
  const tone = tones[state];
  const tinted = tone === undefined ? word : look.paint(tone, word);
  const start = `  ${tinted}${' '.repeat(Math.max(0, stateWidth - widthOf(word)))}  `;
  const indent = ' '.repeat(stateWidth + 4);
  const room = look.width - indent.length;
  const isOneLine = detail === '' || nameWidth + 2 + widthOf(detail) <= room;
  if (isOneLine && widthOf(name) <= nameWidth) {
    return [start + (detail === '' ? name : `${pad(name, nameWidth)}  ${detail}`)];
  }
  const details = detail === '' ? [] : wrap(detail, room - 2).map((line) => `${indent}  ${line}`);
  return [start + shorten(name, room), ...details];
}
