import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import * as fc from 'fast-check';
import { pad, shorten, shortenAll, unbroken, widthOf, wrap } from '../../../src/cli/text/layout.ts';

suite('the width of text', () => {
  const cases: ReadonlyArray<{ readonly text: string; readonly width: number }> = [
    { text: '', width: 0 },
    { text: 'node1', width: 5 },
    { text: 'größe', width: 5 },
    { text: 'gro\u0308ße', width: 5 },
    { text: '東京', width: 4 },
    { text: '🐘', width: 2 },
    { text: '👩‍👩‍👧', width: 2 },
    { text: '한국', width: 4 },
    { text: '\u200b', width: 0 },
  ];
  for (const { text, width } of cases) {
    test(`of ${JSON.stringify(text)} is ${width}`, () => assert.equal(widthOf(text), width));
  }
});

suite('a text that is too long', () => {
  test('keeps its ends', () => {
    assert.equal(shorten('/var/lib/zope/instance0/Data.fs', 16), '/var/li..Data.fs');
    assert.equal(shorten('short', 5), 'short');
    assert.equal(shorten('東京大阪京都', 7), '東..都');
  });

  test('stays apart from its like', () => {
    const names = ['server-01.example.org', 'server-02.example.org'];
    const cut = shortenAll(names, 14);
    assert.equal(new Set(cut).size, 2, cut.join(' '));
    for (const name of cut) assert(widthOf(name) <= 14);
  });

  test('is broken at blanks, and never within a command that fits one line', () => {
    const next = `if node1 is off for certain, run ${unbroken('hactl confirm-dead node1 --reason TEXT')}`;
    assert.deepEqual(wrap(next, 50), ['if node1 is off for certain, run', 'hactl confirm-dead node1 --reason TEXT']);
    assert.deepEqual(wrap(next, 30), ['if node1 is off for certain,', 'run hactl confirm-dead node1', '--reason TEXT']);
  });

  test('never gets a line beyond the width, and loses no short word', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 12 })),
        fc.integer({ min: 10, max: 60 }),
        (words, width) => {
          const lines = wrap(words.join(' '), width);
          assert(lines.length > 0);
          for (const line of lines) assert(widthOf(line) <= width, line);
          const kept = words
            .join(' ')
            .split(' ')
            .filter((word) => word !== '' && widthOf(word) <= width && !word.includes('\u00a0'));
          const shown = lines.join(' ').split(' ');
          for (const word of kept) assert(shown.includes(word), word);
        },
      ),
    );
  });

  test('is padded by what it lacks', () => {
    assert.equal(pad('東', 4), '東  ');
    assert.equal(pad('node1', 3), 'node1');
  });
});
