export type Key = 'quit' | 'suspend' | 'up' | 'down' | 'pageUp' | 'pageDown' | 'top' | 'bottom';

const keys: Readonly<Record<string, Key>> = {
  q: 'quit',
  Q: 'quit',
  '\u0003': 'quit',
  '\u0004': 'quit',
  '\u001b': 'quit',
  '\u001a': 'suspend',
  k: 'up',
  '\u001b[A': 'up',
  '\u001bOA': 'up',
  j: 'down',
  '\u001b[B': 'down',
  '\u001bOB': 'down',
  b: 'pageUp',
  '\u001b[5~': 'pageUp',
  ' ': 'pageDown',
  '\u001b[6~': 'pageDown',
  g: 'top',
  '\u001b[H': 'top',
  '\u001b[1~': 'top',
  G: 'bottom',
  '\u001b[F': 'bottom',
  '\u001b[4~': 'bottom',
};

const escape = '\u001b';
/** ESC, an introducer, parameters and one letter; or ESC alone, which is the key; or ESC and a letter; or a letter. */
const piece = new RegExp(`${escape}(?:[[O][0-9;?<]*[ -/]*[@-~]|$)|${escape}.|[^${escape}]`, 'gs');

/** What was pressed, in what a terminal sent at once. Whatever else it sends (a mouse, a paste) is passed over. */
export function keysOf(bytes: string): readonly Key[] {
  const pieces = bytes.match(piece) ?? [];
  return pieces
    .map((pressed) => (Object.hasOwn(keys, pressed) ? keys[pressed] : undefined))
    .filter((key) => key !== undefined);
}
