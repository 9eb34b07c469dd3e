import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type KeyRing, readAuthkeys } from '../../src/config/authkeys.ts';
import { freeId, newAuthkeys, newestOf, withKey, withOnly, withSigner } from '../../src/config/authkeysText.ts';

const word = 'a'.repeat(64);

function read(text: string): readonly [signWith: number, ...ids: readonly number[]] {
  const { ring, problems, warnings } = readAuthkeys('authkeys', text, 0o600);
  assert.deepEqual([...problems, ...warnings], []);
  assert.ok(ring !== undefined);
  return [ring.signWith, ...ring.keys.map(({ id }) => id)];
}

function ringOf(...ids: readonly number[]): KeyRing {
  return { signWith: ids[0] ?? 0, keys: ids.map((id) => ({ id, secret: Buffer.from(word) })) };
}

suite('authkeys as text:', () => {
  test('a rotation changes what it must, and leaves comments and the rest alone', () => {
    const first = newAuthkeys(1, word);
    assert.deepEqual(read(first), [1, 1]);
    const accepting = withKey(`# ours\n${first}`, 2, 'b'.repeat(64));
    assert.deepEqual(read(accepting), [1, 1, 2]);
    const signing = withSigner(accepting, 2);
    assert.deepEqual(read(signing), [2, 1, 2]);
    const dropped = withOnly(signing, 2);
    assert.deepEqual(read(dropped), [2, 2]);
    assert.match(dropped, /^# ours\n/);
    assert.ok(!dropped.includes(word));
  });

  const odd: ReadonlyArray<readonly [what: string, text: string]> = [
    ['without a newline at its end', `auth 1\n1 sha256 ${word}`],
    ['of Windows', `auth 1\r\n1 sha256 ${word}\r\n`],
    ['with the choice last', `1 sha256 ${word}\nauth 1 # it signs\n`],
    ['with tabs and blanks', `\tauth\t1\n \t1\tsha256\t${word}\n`],
  ];
  for (const [what, text] of odd) {
    test(`a file ${what} is changed as well`, () => {
      const accepting = withKey(text, 2, 'b'.repeat(64));
      assert.deepEqual(read(accepting), [1, 1, 2]);
      assert.deepEqual(read(withOnly(withSigner(accepting, 2), 2)), [2, 2]);
    });
  }

  test('the newest key is the last one, and the next one has a number of its own', () => {
    assert.equal(newestOf(ringOf(7, 3)), 3);
    assert.equal(freeId(ringOf(1)), 2);
    assert.equal(freeId(ringOf(9, 2)), 10);
    assert.equal(freeId(ringOf(255, 1)), 2);
    assert.equal(freeId(ringOf(...Array.from({ length: 256 }, (_, id) => id))), undefined);
  });
});
