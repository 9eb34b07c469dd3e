import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';

import { renderProblem } from '../../src/config/renderProblem.ts';

function rendered(source: string, column: number, line = 1): readonly string[] {
  return renderProblem({ file: 'f', line, column, message: 'm' }, source).split('\n');
}

const rows: ReadonlyArray<{
  readonly name: string;
  readonly source: string;
  readonly column: number;
  readonly expected: readonly [string, string];
}> = [
  {
    name: 'the caret stands under the place',
    source: 'deadtime: 2s',
    column: 11,
    expected: ['deadtime: 2s', '          ^'],
  },
  { name: 'behind the end of the line it stands one further', source: 'a:', column: 3, expected: ['a:', '  ^'] },
  { name: 'tabs stay tabs in both lines', source: '\tnode1\tzeo', column: 8, expected: ['\tnode1\tzeo', '\t     \t^'] },
  { name: 'wide characters count twice', source: 'クラスタ: x', column: 7, expected: ['クラスタ: x', '          ^'] },
  { name: 'emoji count twice', source: '😀: x', column: 5, expected: ['😀: x', '    ^'] },
  { name: 'accents of their own count nothing', source: 'e\u0301: x', column: 5, expected: ['e\u0301: x', '   ^'] },
  {
    name: 'what would change the terminal is not passed on',
    source: 'a\u001b[31mb',
    column: 7,
    expected: ['a�[31mb', '      ^'],
  },
  { name: 'what would turn the direction is not passed on', source: 'a\u202eb', column: 3, expected: ['a�b', '  ^'] },
  { name: 'half a character is not passed on', source: 'a\ud800b', column: 3, expected: ['a�b', '  ^'] },
  { name: 'the end of a Windows line is not shown', source: 'ab\r\n', column: 1, expected: ['ab', '^'] },
  { name: 'a byte order mark takes no room', source: '\ufeffab', column: 2, expected: ['ab', ' ^'] },
];

suite('rendering a problem:', () => {
  for (const { name, source, column, expected } of rows) {
    test(name, () => {
      assert.deepEqual(rendered(source, column), [`f:1:${column}: m`, ...expected]);
    });
  }

  test('a long line is cut on both sides of the place', () => {
    const source = `${'a'.repeat(300)}X${'b'.repeat(300)}`;
    const [, text = '', caret = ''] = rendered(source, 301);
    assert.equal(text, `…${'a'.repeat(60)}X${'b'.repeat(39)}…`);
    assert.equal(text[caret.length - 1], 'X');
  });

  test('the caret still stands right where wide characters are cut', () => {
    const [, text = '', caret = ''] = rendered(`${'漢'.repeat(200)}X`, 201);
    assert.equal(text, `…${'漢'.repeat(30)}X`);
    assert.equal(caret.length, 1 + 60 + 1);
  });

  test('what to do stands below', () => {
    const problem = { file: 'f', line: 1, column: 1, message: 'm', next: 'chmod 600 f' } as const;
    assert.equal(renderProblem(problem, 'x'), 'f:1:1: m\nx\n^\n  next: chmod 600 f');
  });

  test('nothing of the file is shown where it holds a secret, or is about no line', () => {
    assert.equal(renderProblem({ file: 'f', line: 1, column: 1, message: 'm', excerpt: 'none' }, 'secret'), 'f:1:1: m');
    assert.deepEqual(rendered('one line', 1, 7), ['f:7:1: m']);
  });

  test('a password that stands below its name is not shown either', () => {
    for (const [source, line] of [
      ['password:\n  "hunter2', 2],
      ['options:\n  password: >-\n    one\n    hunter2: x\n', 4],
      ['options: { ip: 10.0.0.1, password:\n  hunter2, [ }', 2],
      ['password: "one\n  hunter2', 2],
      ['password:\n\n  # why\n  hunter2 two', 4],
    ] as const) {
      assert.doesNotMatch(rendered(source, 3, line).join('\n'), /hunter2/, source);
    }
    const beside = 'options:\n  password: hunter2\n  username: admin';
    assert.deepEqual(rendered(beside, 3, 3).slice(1), ['  username: admin', '  ^']);
    assert.deepEqual(rendered('password:\nnodes: [a]', 8, 2).slice(1), ['nodes: [a]', '       ^']);
  });

  test('any place in any text is rendered in at most four lines without control characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(300), fc.nat(5), (source, column, line) => {
        const text = renderProblem({ file: source, line, column, message: source, next: source }, source);
        assert(text.split('\n').length <= 4);
        assert.doesNotMatch(text, /(?![\t\n])[\p{Cc}\p{Bidi_Control}]/u);
      }),
    );
  });
});
