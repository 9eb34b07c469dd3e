import assert from 'node:assert/strict';
import { suite, test } from 'node:test';

import { missingAuthkeys } from '../../src/config/authkeys.ts';
import { good, load, problemsOf, render, warningsOf } from './fixtures.ts';

const long = '00112233445566778899aabbccddeeff';

const read: ReadonlyArray<{
  readonly name: string;
  readonly text: string;
  readonly signWith: number;
  readonly keys: Readonly<Record<number, string>>;
}> = [
  { name: 'one key', text: `auth 1\n1 sha256 ${long}\n`, signWith: 1, keys: { 1: long } },
  { name: 'auth behind the keys', text: `1 sha256 ${long}\nauth 1\n`, signWith: 1, keys: { 1: long } },
  {
    name: 'several keys, for a change',
    text: `auth 2\n1 sha256 ${long}\n2 hmac-sha256 x${long}\n`,
    signWith: 2,
    keys: { 1: long, 2: `x${long}` },
  },
  { name: 'methods in capitals', text: `auth 1\n1 SHA256 ${long}\n`, signWith: 1, keys: { 1: long } },
  {
    name: 'blanks, tabs and comments',
    text: `# keys\n\n auth\t255 # newest\n255\tsha256  ${long} # mine\n`,
    signWith: 255,
    keys: { 255: long },
  },
  { name: 'a key that begins with a hash', text: `auth 0\n0 sha256 #${long}\n`, signWith: 0, keys: { 0: `#${long}` } },
  {
    name: 'a key beyond ASCII, as its bytes in UTF-8',
    text: `auth 1\n1 sha256 schlüssel-schlüssel\n`,
    signWith: 1,
    keys: { 1: 'schlüssel-schlüssel' },
  },
];

suite('authkeys is read:', () => {
  for (const { name, text, signWith, keys } of read) {
    test(name, () => {
      const ring = good({ authkeys: text }).keys;
      assert.equal(ring?.signWith, signWith);
      assert.deepEqual(
        Object.fromEntries(ring.keys.map(({ id, secret }) => [id, Buffer.from(secret).toString('utf8')])),
        keys,
      );
      assert.deepEqual(warningsOf({ authkeys: text }), []);
    });
  }

  const doubted = [
    {
      name: 'a method of Heartbeat',
      text: `auth 1\n1 sha1 ${long}\n`,
      warns:
        'authkeys:2:1: key 1 is used with HMAC-SHA-256, whatever its line says: Heartbeat does not understand these beats',
    },
    {
      name: 'a short key',
      text: 'auth 1\n1 sha256 secret\n',
      warns: 'authkeys:2:1: key 1 has fewer than 16 characters: whoever records one beat can guess it',
    },
    {
      name: 'one key under two numbers',
      text: `auth 1\n1 sha256 ${long}\n2 sha256 ${long}\n`,
      warns: 'authkeys:3:1: keys 1 and 2 are the same: changing between them changes nothing',
    },
  ];
  for (const { name, text, warns } of doubted) {
    test(`with a warning: ${name}`, () => {
      assert.deepEqual(warningsOf({ authkeys: text }), [warns]);
    });
  }
});

const refused: ReadonlyArray<{
  readonly name: string;
  readonly text: string;
  readonly mode?: number;
  readonly says: readonly string[];
}> = [
  { name: 'an empty file', text: '', says: ['1:1: there is no key'] },
  { name: 'auth without keys', text: 'auth 1\n', says: ['1:1: there is no key'] },
  { name: 'keys without auth', text: `1 sha256 ${long}\n`, says: ['1:1: no line says which key signs'] },
  {
    name: 'auth of a key that is not there',
    text: `auth 2\n1 sha256 ${long}\n`,
    says: ['1:1: there is no key 2; keys: 1'],
  },
  { name: 'auth twice', text: `auth 1\nauth 1\n1 sha256 ${long}\n`, says: ['2:1: auth is there twice: one key signs'] },
  {
    name: 'a number twice',
    text: `auth 1\n1 sha256 ${long}\n1 sha256 x${long}\n`,
    says: ['3:1: key 1 is there twice: keep one'],
  },
  { name: 'crc', text: 'auth 1\n1 crc\n', says: ['2:1: crc has no key: anybody on the wire could forge beats'] },
  {
    name: 'an unknown method',
    text: `auth 1\n1 rot13 ${long}\n`,
    says: ['2:1: the method of key 1 is not one of sha256, hmac-sha256, sha1, md5'],
  },
  {
    name: 'a key in the place of its method',
    text: `auth 1\n1 ${long}\n`,
    says: ['2:1: the method of key 1 is not one of sha256, hmac-sha256, sha1, md5'],
  },
  { name: 'a method without a key', text: 'auth 1\n1 sha256\n', says: ['2:1: key 1 has a method and no key'] },
  {
    name: 'a key of two words',
    text: 'auth 1\n1 sha256 correct horse\n',
    says: ['2:1: key 1 is followed by more words: a key is one word without blanks'],
  },
  {
    name: 'a key beyond all reason',
    text: `auth 1\n1 sha256 ${long.repeat(40)}\n`,
    says: ['2:1: key 1 is longer than 1024 characters'],
  },
  {
    name: 'a number out of range',
    text: `auth 1\n256 sha256 ${long}\n`,
    says: ['2:1: a line is "auth NUMBER" or "NUMBER METHOD KEY"; numbers go from 0 to 255'],
  },
  {
    name: 'auth without a number',
    text: `auth\n1 sha256 ${long}\n`,
    says: ['1:1: auth takes one number from 0 to 255'],
  },
  {
    name: 'a file that others may read',
    text: `auth 1\n1 sha256 ${long}\n`,
    mode: 0o644,
    says: ['1:1: the keys are open to others than their owner (mode 0644)'],
  },
  {
    name: 'a file that the group may write',
    text: `auth 1\n1 sha256 ${long}\n`,
    mode: 0o100620,
    says: ['1:1: the keys are open to others than their owner (mode 0620)'],
  },
  {
    name: 'an open file without keys',
    text: '',
    mode: 0o604,
    says: ['1:1: the keys are open to others than their owner (mode 0604)', '1:1: there is no key'],
  },
];

suite('authkeys is refused:', () => {
  for (const { name, text, mode, says } of refused) {
    test(name, () => {
      const texts = mode === undefined ? { authkeys: text } : { authkeys: text, mode };
      assert.deepEqual(
        problemsOf(texts),
        says.map((line) => `authkeys:${line}`),
      );
    });
  }

  test('nothing of a key is ever shown', () => {
    const secret = 'hunter2';
    const lines = [
      `1 sha1 ${secret}`,
      `1 ${secret}`,
      `${secret}`,
      `auth ${secret}`,
      `1 sha256 ${secret} ${secret}`,
      `300 md5 ${secret}`,
      `1 crc ${secret}`,
    ];
    for (const line of lines) {
      const texts = { authkeys: `auth 1\n${line}\n2 md5 ${secret}\n` };
      const loaded = load(texts);
      const found = [...(loaded.ok ? [] : loaded.problems), ...loaded.warnings];
      assert(found.length > 0);
      for (const problem of found) {
        assert.doesNotMatch(render(problem, texts), /hunter2/);
        assert.doesNotMatch(JSON.stringify(problem), /hunter2/);
      }
    }
  });

  test('a daemon without the file is told how to make one', () => {
    const { message, next } = missingAuthkeys('/etc/twinbeat/authkeys');
    assert.match(message, /no such file/);
    assert.match(next ?? '', /hactl keys generate; then copy \/etc\/twinbeat\/authkeys to the other/);
  });
});
