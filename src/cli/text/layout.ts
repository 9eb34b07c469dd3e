/** Columns that `text` takes on a terminal: two for East Asian characters and emoji, none for combining marks. */
export function widthOf(text: string): number {
  if (isAscii(text)) return text.length;
  return graphemes(text).reduce((sum, grapheme) => sum + graphemeWidth(grapheme), 0);
}

export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

/** At most `width` columns. The middle is left out: the ends of a name or path say most. */
export function shorten(text: string, width: number, tailShare = 0.5): string {
  if (widthOf(text) <= width) return text;
  const parts = graphemes(text);
  const tailWidth = Math.floor((width - gap.length) * tailShare);
  const headWidth = width - gap.length - tailWidth;
  return take(parts, headWidth).join('') + gap + take(parts.toReversed(), tailWidth).toReversed().join('');
}

/** Every name in at most `width` columns, cut where they still differ if there is such a place. */
export function shortenAll(names: readonly string[], width: number): readonly string[] {
  const cuts = [0.5, 0.25, 0, 0.75, 1].map((tailShare) => names.map((name) => shorten(name, width, tailShare)));
  return cuts.find((cut) => new Set(cut).size === new Set(names).size) ?? cuts[0] ?? names;
}

/** A command that is to be typed: `wrap` does not break it while it fits one line. */
export function unbroken(command: string): string {
  return command.replaceAll(' ', noBreak);
}

/** Lines of at most `width` columns, broken at blanks; a longer word is shortened. Always at least one line. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = '';
  const words = text.split(' ').flatMap((word) => (widthOf(word) <= width ? [word] : word.split(noBreak)));
  for (const word of words.filter((part) => part !== '')) {
    const piece = shorten(word, width);
    const longer = line === '' ? piece : `${line} ${piece}`;
    if (widthOf(longer) <= width) line = longer;
    else {
      lines.push(line);
      line = piece;
    }
  }
  return [...lines, line].map((piece) => piece.replaceAll(noBreak, ' '));
}

const noBreak = '\u00a0';

const gap = '..';

function take(parts: readonly string[], width: number): readonly string[] {
  let used = 0;
  const end = parts.findIndex((part) => {
    used += graphemeWidth(part);
    return used > width;
  });
  return end === -1 ? parts : parts.slice(0, end);
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e\u00a0]*$/.test(text);
}

let segmenter: Intl.Segmenter | undefined;

function graphemes(text: string): readonly string[] {
  if (isAscii(text)) return text.split('');
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** East Asian Width W and F (Unicode UAX 11), as ranges: JavaScript has no property for it. */
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|^\p{Emoji_Presentation}|\ufe0f/u;

function graphemeWidth(grapheme: string): number {
  if (isAscii(grapheme)) return grapheme.length;
  if (wide.test(grapheme)) return 2;
  return /^[\p{M}\p{Cf}]/u.test(grapheme) ? 0 : 1;
}
