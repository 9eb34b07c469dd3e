import type { Check, StepOutcome } from './outcome.ts';

/** A row of the summary: what users of the address and of the site would have noticed of a step. */
export interface Row {
  readonly step: StepOutcome;
  /** The longest time between two commits; undefined where nobody committed. */
  readonly commitGapMs: number | undefined;
}

const columnsMax = 92;

type Colour = 'bold' | 'dim' | 'green' | 'red';

const codes: Readonly<Record<Colour, string>> = { bold: '1', dim: '2', green: '32', red: '31' };

/** Prints the demo for a person: what happens, as it happens, and a table at the end. */
export class Screen {
  readonly #hasColours: boolean;
  #count = 0;

  constructor(hasColours: boolean) {
    this.#hasColours = hasColours;
  }

  title(text: string): void {
    console.log(this.#paint('bold', text));
  }

  /** A paragraph. */
  say(text: string): void {
    for (const line of wrap(text, columnsMax)) console.log(line);
  }

  step(name: string, sentence: string): void {
    this.#count += 1;
    console.log(`\n${this.#paint('bold', `${this.#count}. ${name}`)}`);
    for (const line of wrap(sentence, columnsMax - 3)) console.log(`   ${line}`);
  }

  check({ name, ok, because }: Check): void {
    const mark = ok ? this.#paint('green', 'ok  ') : this.#paint('red', 'FAIL');
    const [first = '', ...rest] = wrap(because === undefined ? name : `${name}: ${because}`, columnsMax - 8);
    console.log(`   ${mark} ${first}`);
    for (const line of rest) console.log(`        ${line}`);
  }

  note(text: string): void {
    for (const line of wrap(text, columnsMax - 8)) console.log(`        ${line}`);
  }

  /** What a command printed, as it is. */
  command(prompt: string, output: string): void {
    console.log(this.#paint('dim', `        ${prompt}`));
    for (const line of output.trimEnd().split('\n').flatMap(fold)) {
      console.log(this.#paint('dim', `        | ${line}`.trimEnd()));
    }
  }

  summary(rows: readonly Row[]): void {
    console.log(`\n${this.#paint('bold', 'Summary')}`);
    console.log(`   ${'step'.padEnd(20)}${'address'.padStart(10)}${'commits'.padStart(10)}   checks`);
    for (const { step, commitGapMs } of rows) {
      const { checks, name, outageMs } = step;
      const good = checks.filter(({ ok }) => ok).length;
      const verdict = step.ok ? this.#paint('green', 'ok') : this.#paint('red', 'FAILED');
      const times = `${ms(outageMs).padStart(10)}${(commitGapMs === undefined ? '-' : ms(commitGapMs)).padStart(10)}`;
      console.log(`   ${name.padEnd(20)}${times}   ${good} of ${checks.length} ${verdict}`);
      const names = checks.map((check) => check.name).join('; ');
      for (const line of wrap(names, columnsMax - 6)) console.log(this.#paint('dim', `      ${line}`));
    }
    this.say('\naddress: longest time without an answer of the floating address, asked each millisecond over UDP.');
    this.say("commits: longest time between two commits; ZEO's own client looks for a server each 1 to 2 s.");
  }

  #paint(colour: Colour, text: string): string {
    return this.#hasColours ? `\u001b[${codes[colour]}m${text}\u001b[0m` : text;
  }
}

export function ms(value: number): string {
  return `${Math.round(value)} ms`;
}

/** A line of a command keeps its blanks unless it is too long. */
function fold(line: string): readonly string[] {
  return line.length <= columnsMax - 10 ? [line] : wrap(line, columnsMax - 10);
}

function wrap(text: string, width: number): readonly string[] {
  return text.split('\n').flatMap((paragraph) => {
    const lines = [''];
    for (const word of paragraph.split(' ')) {
      const last = lines.at(-1) ?? '';
      if (last !== '' && last.length + 1 + word.length > width) lines.push(word);
      else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
    }
    return lines;
  });
}
