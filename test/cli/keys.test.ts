import assert from 'node:assert/strict';
import { chmodSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import type { Request, StatusReport } from '../../src/control/controlProtocol.ts';
import { fakeHead, fakeStranger, folder, type Run, run } from './fakeHead.ts';
import { allWell } from './reports.ts';

const secret = '0123456789abcdef0123456789abcdef';
const oneKey = `auth 1\n1 sha256 ${secret}\n`;

interface Pair {
  readonly file: string;
  readonly asked: readonly Request[];
  keys(...words: readonly string[]): Promise<Run>;
  text(): string;
}

/** A folder with keys, and a daemon that says with which key its peer signs. */
async function pairWith(
  t: TestContext,
  text: string | undefined,
  daemon?: { readonly peerSignsWith?: number; readonly refuses?: string; readonly peer?: 'silent' },
): Promise<Pair> {
  const dir = folder(t);
  const file = join(dir, 'authkeys');
  if (text !== undefined) writeFileSync(file, text, { mode: 0o600 });
  const asked: Request[] = [];
  const runDir =
    daemon === undefined
      ? folder(t)
      : await fakeHead(t, (request, reply) => {
          asked.push(request);
          if (request.verb === 'status') {
            reply.line({ type: 'status', status: reportOf(daemon) });
            reply.end();
          } else if (daemon.refuses === undefined) {
            reply.line({ type: 'done', sentence: 'the files are in force', exitCode: 0 });
          } else {
            reply.line({ type: 'refused', sentence: daemon.refuses, next: '', exitCode: 5 });
          }
        });
  return {
    file,
    asked,
    keys: (...words) => run(runDir, ['--config', join(dir, 'twinbeat.yaml'), 'keys', ...words]),
    text: () => readFileSync(file, 'utf8'),
  };
}

function reportOf({
  peerSignsWith = 1,
  peer,
}: {
  readonly peerSignsWith?: number;
  readonly peer?: 'silent';
}): StatusReport {
  const { node2 } = allWell.nodes;
  assert.ok(node2 !== undefined);
  const keys = { signsWith: 1, accepts: [{ id: 1, fingerprint: 'f0f0f0f0' }], peerSignsWith };
  const nodes = peer === undefined ? allWell.nodes : { ...allWell.nodes, node2: { ...node2, state: peer } };
  return { ...allWell, nodes, keys };
}

suite('hactl keys generate', () => {
  test('makes a file of mode 0600 that check accepts, and shows the fingerprint alone', async (t) => {
    const pair = await pairWith(t, undefined);
    const { exitCode, out } = await pair.keys('generate');
    assert.equal(exitCode, 0);
    assert.equal(statSync(pair.file).mode & 0o777, 0o600);
    const [, word = ''] = /^1 sha256 ([0-9a-f]{64})$/m.exec(pair.text()) ?? [];
    assert.notEqual(word, '');
    assert.ok(!out.includes(word));
    assert.match(
      out,
      /has a new key, [0-9a-f]{8}\nnext: copy to OTHER: sudo tar -C \S+ -c authkeys \| ssh OTHER '.*'\nnext: on OTHER: sudo tar/,
    );
    assert.deepEqual(readdirSync(join(pair.file, '..')), ['authkeys'], 'nothing is left beside it');
    assert.match((await pair.keys('list')).out, /^key 1 {4}[0-9a-f]{8} {2}signs$/m);
  });

  test('never replaces a file without --force, and then keeps a link what it is', async (t) => {
    const pair = await pairWith(t, oneKey);
    const refused = await pair.keys('generate');
    assert.equal(refused.exitCode, 5);
    assert.match(refused.err, /is there already and stays as it is; to change the key of a pair: hactl keys rotate/);
    assert.equal(pair.text(), oneKey);
    const linked = join(folder(t), 'authkeys');
    symlinkSync(pair.file, linked);
    const forced = await run(folder(t), ['--config', join(linked, '../x.yaml'), 'keys', 'generate', '--force']);
    assert.equal(forced.exitCode, 0, forced.err);
    assert.ok(!pair.text().includes(secret), 'the file behind the link was replaced');
  });

  test('says why it cannot write', async (t) => {
    const done = await run(folder(t), ['--config', '/proc/nowhere/x.yaml', 'keys', 'generate']);
    assert.equal(done.exitCode, 1);
    assert.match(done.err, /cannot write \/proc\/nowhere\/authkeys/);
  });

  test('with --print writes nothing', async (t) => {
    const pair = await pairWith(t, undefined);
    assert.match((await pair.keys('generate', '--print')).out, /^auth 1\n1 sha256 [0-9a-f]{64}$/m);
    assert.deepEqual(readdirSync(join(pair.file, '..')), []);
  });
});

suite('hactl keys list', () => {
  test('shows numbers and fingerprints, what the daemon uses, and never a secret', async (t) => {
    const pair = await pairWith(t, oneKey, { peerSignsWith: 4 });
    const { exitCode, out } = await pair.keys('list');
    assert.equal(exitCode, 0);
    assert.match(out, /daemon: signs with key 1, accepts 1; node2 signs with key 4/);
    assert.match(out, /it has other keys than this file; run hactl reload/);
    const { out: json } = await pair.keys('list', '--json');
    assert.equal((JSON.parse(json) as { keys: unknown[] }).keys.length, 1);
    assert.ok(!`${out}${json}`.includes(secret));
  });

  test('reads what the daemon reads: also a file with a byte order mark', async (t) => {
    const pair = await pairWith(t, `\ufeff${oneKey}`);
    const { exitCode, out, err } = await pair.keys('list');
    assert.equal(exitCode, 0, err);
    assert.match(out, /^key 1 /);
    assert.equal((await pair.keys('rotate', 'accept')).exitCode, 0);
    assert.match((await pair.keys('list')).out, /^key 2 /m);
  });

  test('names what is wrong with the file, without showing it', async (t) => {
    const pair = await pairWith(t, oneKey);
    chmodSync(pair.file, 0o644);
    const open = await pair.keys('list');
    assert.equal(open.exitCode, 6);
    assert.match(open.err, /the keys are open to others than their owner \(mode 0644\)/);
    const broken = await (await pairWith(t, `auth 1\n1 crc ${secret}\n`)).keys('list');
    assert.equal(broken.exitCode, 6);
    assert.ok(!`${broken.out}${broken.err}`.includes(secret));
    assert.equal((await (await pairWith(t, undefined)).keys('list')).exitCode, 6);
  });
});

suite('hactl keys rotate', () => {
  const accepting = `${oneKey}2 sha256 ${'b'.repeat(64)}\n`;
  const signing = accepting.replace('auth 1', 'auth 2');

  test('accept adds a key, lets the daemon read it, and says what to copy', async (t) => {
    const pair = await pairWith(t, oneKey, {});
    const { exitCode, out } = await pair.keys('rotate', 'accept');
    assert.equal(exitCode, 0, out);
    assert.match(pair.text(), /^auth 1\n1 sha256 .*\n2 sha256 [0-9a-f]{64}\n$/);
    assert.deepEqual(pair.asked.at(-1), { verb: 'reload' });
    assert.match(out, /key 2 is accepted here, and key 1 signs as before/);
    assert.match(
      out,
      /next: copy to node2: sudo tar .*\nnext: on node2: sudo tar .*\nnext: on node2: sudo hactl reload/,
    );
    assert.equal(statSync(pair.file).mode & 0o777, 0o600);
  });

  test('sign lets the newest key sign', async (t) => {
    const pair = await pairWith(t, accepting, {});
    const { exitCode, out } = await pair.keys('rotate', 'sign');
    assert.equal(exitCode, 0, out);
    assert.equal(pair.text(), signing);
  });

  test('drop leaves the signing key alone, once the peer signs with it too', async (t) => {
    const early = await pairWith(t, signing, { peerSignsWith: 1 });
    const refused = await early.keys('rotate', 'drop');
    assert.equal(refused.exitCode, 5);
    assert.match(refused.err, /node2 still signs with key 1; on node2: hactl keys rotate sign/);
    assert.equal(early.text(), signing);
    const pair = await pairWith(t, signing, { peerSignsWith: 2 });
    assert.equal((await pair.keys('rotate', 'drop')).exitCode, 0);
    assert.match(pair.text(), /^auth 2\n2 sha256 b{64}\n$/);
  });

  test('drop wants --force where nobody knows with which key the peer signs', async (t) => {
    for (const daemon of [undefined, { peer: 'silent' } as const]) {
      const pair = await pairWith(t, signing, daemon);
      const refused = await pair.keys('rotate', 'drop');
      assert.equal(refused.exitCode, 5);
      assert.match(refused.err, /nobody here knows with which key/);
      assert.equal((await pair.keys('rotate', 'drop', '--force')).exitCode, 0);
    }
  });

  const outOfTurn: ReadonlyArray<readonly [phase: string, text: string, says: RegExp]> = [
    ['accept', accepting, /key 2 is accepted here, and key 1 signs; .*hactl keys rotate sign/],
    ['sign', oneKey, /no rotation is under way: key 1 is the only one; run hactl keys rotate accept/],
    ['sign', signing, /key 2 signs here, and node2 still signs with key 1; on node2: hactl keys rotate sign/],
    ['drop', oneKey, /no rotation is under way/],
    ['drop', accepting, /key 2 is accepted here, and key 1 signs/],
  ];
  for (const [phase, text, says] of outOfTurn) {
    test(`${phase} out of turn changes nothing and says what comes next: ${says.source.slice(0, 30)}`, async (t) => {
      const pair = await pairWith(t, text, {});
      const { exitCode, err } = await pair.keys('rotate', phase);
      assert.equal(exitCode, 5);
      assert.match(err, says);
      assert.equal(pair.text(), text);
      assert.deepEqual(
        pair.asked.map(({ verb }) => verb),
        ['status'],
      );
    });
  }

  test('without a phase says where it is', async (t) => {
    const pair = await pairWith(t, signing, { peerSignsWith: 2 });
    assert.match(
      (await pair.keys('rotate')).out,
      /both nodes sign with key 2\nnext: on both nodes: hactl keys rotate drop/,
    );
  });

  test('puts the file back when the daemon does not take it', async (t) => {
    const pair = await pairWith(t, oneKey, { refuses: 'the runner is not connected' });
    const { exitCode, err } = await pair.keys('rotate', 'accept');
    assert.equal(exitCode, 5);
    assert.match(err, /the runner is not connected; .*authkeys is as it was/);
    assert.equal(pair.text(), oneKey);
  });

  test('leaves the new file where nobody knows whether the daemon has taken it', async (t) => {
    const dir = folder(t);
    const file = join(dir, 'authkeys');
    writeFileSync(file, accepting, { mode: 0o600 });
    let asked = 0;
    const runDir = await fakeStranger(t, (socket) => {
      asked += 1;
      const status = { type: 'status', status: reportOf({}) };
      if (asked === 1) socket.write(`${JSON.stringify(status)}\n{"type":"done","sentence":"","exitCode":0}\n`);
      else socket.destroy();
    });
    const { exitCode, err } = await run(runDir, ['--config', join(dir, 'twinbeat.yaml'), 'keys', 'rotate', 'sign']);
    assert.equal(asked, 2);
    assert.equal(readFileSync(file, 'utf8'), signing);
    assert.equal(exitCode, 4);
    assert.match(
      err,
      /hung up .*; .*authkeys is the new one, and the daemon may have read it or not; run hactl reload/,
    );
  });

  test('refuses a phase that there is none of', async (t) => {
    const pair = await pairWith(t, oneKey);
    assert.equal((await pair.keys('rotate', 'swap')).exitCode, 2);
    assert.equal((await pair.keys('list', 'sign')).exitCode, 2);
  });
});
