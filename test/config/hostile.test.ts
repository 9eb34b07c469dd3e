import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';

import type { Problem } from '../../src/config/problem.ts';
import { goodAuthkeys, goodHaresources, goodYaml, load, problemsOf, render, type Texts } from './fixtures.ts';

/** Of the processor: far above what any text takes, and far below the minutes that deep nesting costs the YAML parser. */
const slowMs = 5000;

function check(texts: Texts): void {
  const before = process.cpuUsage();
  const loaded = load(texts);
  const { user, system } = process.cpuUsage(before);
  const tookMs = (user + system) / 1000;
  assert(tookMs < slowMs, `reading took ${Math.round(tookMs)} ms`);
  const found: readonly Problem[] = loaded.ok ? loaded.warnings : [...loaded.problems, ...loaded.warnings];
  if (!loaded.ok) assert(loaded.problems.length > 0, 'refused without a word');
  assert(found.length <= 310, `${found.length} problems`);
  for (const problem of found) {
    assert(problem.line >= 1 && problem.column >= 1, JSON.stringify(problem));
    assert(problem.message.length > 0);
    assert(render(problem, texts).length < 20_000);
  }
}

const kibibytes64 = 65_536;

function fill(text: string): string {
  return text.repeat(Math.floor(kibibytes64 / text.length));
}

const bombs: Readonly<Record<string, string>> = {
  'an alias bomb': `a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\nh: &h [*g,*g,*g,*g,*g,*g,*g,*g,*g]\nchannels: *h\n`,
  'an alias to itself': 'a: &a [*a]\n',
  'an alias to nothing': 'a: *nowhere\n',
  'opened lists': fill('['),
  'opened maps': fill('{'),
  'opened maps, line by line': fill('{\n'),
  'opened maps with keys': fill('{a: '),
  'questions on one line': fill('? '),
  questions: fill('?\n'),
  'lists in lists': fill('- '),
  indentation: Array.from({ length: 350 }, (_, index) => `${' '.repeat(index)}a:`).join('\n'),
  anchors: fill('&x '),
  aliases: fill('*x '),
  tags: fill('!x '),
  quotes: fill('"'),
  backslashes: fill('\\'),
  'backslashes on lines': fill('a \\\n'),
  colons: fill('a: '),
  hashes: fill('#\n'),
  'group names': fill('# group: a\n'),
  'a long name': `# group: ${fill(' ')}x`,
  documents: fill('---\n'),
  directives: fill('%YAML 1.2\n'),
  brackets: fill('[]'),
  'closed brackets': fill(']'),
  'one key again and again': fill('a:\n'),
  'many keys': Array.from({ length: 8000 }, (_, index) => `k${index}:\n`).join(''),
  'carriage returns': fill('\r'),
  blanks: fill(' '),
  tabs: fill('\t'),
  'separators of arguments': fill('::'),
  'a long word': fill('a'),
  'many lines of haresources': fill('node1 a::b\n'),
  'many channels': `cluster: a\nnodes: [a, b]\nchannels:\n${'  - udp: {}\n'.repeat(5000)}`,
  'keys of objects':
    'constructor: 1\ntoString: 2\nhasOwnProperty: 3\n__proto__: 4\ngroups: { constructor: {}, toString: {} }\n',
  'half a surrogate pair': 'cluster: \ud800\n',
  nulls:
    'cluster: null\nnodes: null\nchannels: [null]\ntiming: null\ntakeover: null\nstartup: null\ngroups: { a: null }\n',
  'numbers that are none': 'cluster: .nan\nnodes: [.inf, -.inf]\nchannels: [0x10, 1e999]\n',
};

suite('no text harms the reader:', () => {
  for (const [name, text] of Object.entries(bombs)) {
    test(name, () => {
      check({ yaml: text });
      check({ yaml: `${goodYaml}x: ${text}` });
      check({ haresources: text });
      check({ authkeys: text });
    });
  }

  test('a megabyte is refused with the reason, for each file', () => {
    const big = '# comment\n'.repeat(100_000);
    const says = problemsOf({ yaml: big, haresources: big, authkeys: big });
    for (const file of ['twinbeat.yaml', 'haresources', 'authkeys']) {
      assert(
        says.includes(`${file}:1:1: the file has 1000000 characters, more than the 65536 that a config may have`),
        says.join('\n'),
      );
    }
    assert.equal(says.length, 3);
  });

  test('a zero byte is told at its place, for each file', () => {
    const says = problemsOf({
      yaml: `${goodYaml}\0`,
      haresources: goodHaresources.replace('zeo', 'z\0o'),
      authkeys: `${goodAuthkeys}\0`,
    });
    assert.deepEqual(
      says.map((line) => line.split(': ').slice(0, 1).join()),
      ['twinbeat.yaml:12:1', 'haresources:1:57', 'authkeys:3:1'],
    );
    assert.match(says[0] ?? '', /the file holds a zero byte: it is no text, or text in UTF-16/);
  });

  test('files in each other’s place are refused', () => {
    check({ yaml: goodHaresources, haresources: goodAuthkeys, authkeys: goodYaml });
    assert(problemsOf({ yaml: goodHaresources, haresources: goodAuthkeys, authkeys: goodYaml }).length >= 3);
  });

  const pieces = [
    ...goodYaml.split(/(?<=[\s:,{}])/),
    '&a ',
    '*a',
    '!!str ',
    '"',
    "'",
    '? ',
    '|\n',
    '>\n',
    '\t',
    '\r\n',
    '\u00a0',
    '- ',
    '10ms',
    '1h',
    'off',
    '9999999999999999999',
    '~',
    '<<: ',
    '%',
    '\ufeff',
    '# group: x\n',
    '\\\n',
  ];
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((parts) => parts.join('')),
    edits(goodYaml),
  );

  test('nothing is thrown by any yaml', () => {
    fc.assert(
      fc.property(text, (yaml) => check({ yaml })),
      { numRuns: 600 },
    );
  });

  test('nothing is thrown by any haresources', () => {
    const words = [
      'node1',
      'node2',
      '10.0.0.1',
      '/24',
      '/eth0',
      ':0',
      '::',
      'zeo',
      'ocf:a:b',
      'systemd:x',
      'IPaddr::',
      'fd00::1',
      ' ',
      '\n',
      '\\\n',
      '#',
      '# group: a\n',
      '\t',
      '"',
      '=',
      '\u00e9',
    ];
    const made = fc.array(fc.constantFrom(...words), { maxLength: 40 }).map((parts) => parts.join(''));
    const any = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), made, edits(goodHaresources));
    fc.assert(
      fc.property(any, (haresources) => check({ haresources })),
      { numRuns: 1000 },
    );
  });

  test('nothing is thrown by any authkeys', () => {
    const words = ['auth', ' ', '1', '2', '0', '256', 'sha256', 'crc', 'md5', 'key', '\n', '#', '\t', 'x'.repeat(40)];
    const made = fc.array(fc.constantFrom(...words), { maxLength: 40 }).map((parts) => parts.join(''));
    const any = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), made, edits(goodAuthkeys));
    fc.assert(
      fc.property(any, (authkeys) => check({ authkeys })),
      { numRuns: 1000 },
    );
  });
});

/** A good text with a few characters deleted, doubled or replaced. */
function edits(good: string): fc.Arbitrary<string> {
  const edit = fc.tuple(
    fc.nat(good.length - 1),
    fc.nat(3),
    fc.constantFrom('', ' ', '\n', ':', '{', '}', '[', ']', '#', '-', '0', 'x', '"', '\t'),
  );
  return fc.array(edit, { minLength: 1, maxLength: 4 }).map((all) => {
    return all.reduce((now, [at, length, by]) => now.slice(0, at) + by + now.slice(at + length), good);
  });
}
