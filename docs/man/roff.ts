/** Text for man(7): what a page is made of here, and nothing more. Words in backticks come out bold. */

export interface Entry {
  /** `--wait`, `timing.deadtime`. */
  readonly term: string;
  readonly text: string;
}

export function page(name: string, section: number, version: string, parts: readonly string[]): string {
  const head = `.TH ${name.toUpperCase()} ${section} "" "Twinbeat ${version}" "Twinbeat"`;
  // No hyphenation, and a ragged right edge: names stay whole.
  return `${[head, '.nh', '.ad l', ...parts].join('\n')}\n`;
}

export function section(title: string, ...parts: readonly string[]): string {
  return [`.SH ${title.toUpperCase()}`, ...parts].join('\n');
}

export function subsection(title: string, ...parts: readonly string[]): string {
  return [`.SS ${inline(title)}`, ...parts].join('\n');
}

export function paragraph(text: string): string {
  return `.PP\n${inline(text)}`;
}

export function list(entries: readonly Entry[]): string {
  return entries.map(({ term, text }) => `.TP\n\\fB${escape(term)}\\fR\n${inline(text)}`).join('\n');
}

/** As it stands, line for line. */
export function verbatim(text: string): string {
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => protect(escape(line)));
  return ['.PP', '.RS 2', '.nf', ...lines, '.fi', '.RE'].join('\n');
}

/** One sentence may come over several lines of a source. */
function inline(text: string): string {
  const words = text.trim().replaceAll(/\s+/g, ' ');
  return protect(escape(words).replaceAll(/`([^`]+)`/g, String.raw`\fB$1\fR`));
}

/** A hyphen of an option must be one that can be copied. */
function escape(text: string): string {
  return text.replaceAll('\\', String.raw`\e`).replaceAll('-', String.raw`\-`).replaceAll("'", String.raw`\(aq`);
}

/** A dot at the beginning of a line would be a request. */
function protect(line: string): string {
  return line.startsWith('.') ? `\\&${line}` : line;
}
