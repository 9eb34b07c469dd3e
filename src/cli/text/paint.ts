import { styleText } from 'node:util';

export type Tone = 'good' | 'bad' | 'warning' | 'dim' | 'title';

/** Colours a finished piece of text; widths are measured before. */
export type Paint = (tone: Tone, text: string) => string;

const formats = {
  good: 'green',
  bad: ['red', 'bold'],
  warning: 'yellow',
  dim: 'dim',
  title: 'bold',
} as const satisfies Record<Tone, Parameters<typeof styleText>[0]>;

/** Colour never carries a fact of its own: without it the same words stand there. */
export function paintFor(hasColours: boolean): Paint {
  if (!hasColours) return (_tone, text) => text;
  return (tone, text) => styleText(formats[tone], text, { validateStream: false });
}
