import assert from 'node:assert/strict';
import { nowMs } from '../../lab/clock.ts';
import { ownLab } from '../../lab/forTest.ts';
import { calm, LabPair } from '../../lab/pair.ts';
import { type NodeName, nodeNames, otherNode } from '../../lab/topology.ts';
import { configDir, daemonName, hactl, startDaemon } from '../../lab/twinbeat.ts';

const labTest = ownLab();
const keyFile = `${configDir}/authkeys`;
/** A second without a beat is late: a busy machine has shorter pauses, and a node that is deaf longer ones. */
const patient = { ...calm, warntime: '1s', deadtime: '3s', initdead: '6s' };
/** Two seconds of beats between the steps: what is lost or late shows. */
const someBeats = 20;

labTest('a rotation of the keys under beats at 100 ms loses none, delays none, and rejects none', async (lab) => {
  const pair = await LabPair.up(lab, patient);
  const beganMs = nowMs();
  await keys(pair, 'node1', 'accept');
  lab.node2.writeFile(keyFile, lab.node1.readFile(keyFile), 0o600);
  await ordered(pair, 'node2', 'reload');
  await pair.letBeat('node2', someBeats);
  for (const node of nodeNames) {
    await keys(pair, node, 'sign');
    await pair.letBeat('node2', someBeats);
  }
  for (const node of nodeNames) {
    await pair.until(node, 'the peer signs with the new key', (status) => status.keys?.peerSignsWith === 2);
    await keys(pair, node, 'drop');
    await pair.letBeat('node2', someBeats);
  }

  assert.equal(lab.node1.readFile(keyFile), lab.node2.readFile(keyFile));
  for (const node of nodeNames) {
    const status = await pair.status(node);
    assert.deepEqual(
      status?.keys?.accepts.map(({ id }) => id),
      [2],
      'the old key is gone',
    );
    for (const { name, type, rejected, lossPct } of status?.channels ?? []) {
      assert.deepEqual(rejected, {}, `${node} rejected beats on ${name}`);
      // A change is told at once: a serial line that still carries the beat before leaves it to the next one.
      if (type !== 'serial') assert.equal(lossPct, 0, `${node} missed beats on ${name}`);
    }
    await assertNeverLate(pair, node);
  }
  pair.assertNothingMoved('node1', beganMs);
});

labTest('a rotation in the wrong order makes no node deaf: beats go out under the old key as well', async (lab) => {
  const pair = await LabPair.up(lab, patient);
  await keys(pair, 'node1', 'accept');
  // Nobody copied the file.
  await keys(pair, 'node1', 'sign');
  await pair.until('node2', 'beats under a key that it does not have', ({ channels }) =>
    channels.some(({ rejected }) => (rejected['unknown-key'] ?? 0) > someBeats),
  );
  await pair.letBeat('node2', 2 * someBeats);
  for (const node of nodeNames) await assertNeverLate(pair, node);
  await pair.untilWell('node1');

  const dropped = await hactl(lab.node1, ['keys', 'rotate', 'drop']);
  assert.equal(dropped.code, 5, dropped.stdout);
  assert.match(dropped.stderr, /node2 still signs with key 1; on node2: hactl keys rotate sign/);

  // A daemon that starts in the middle of it is heard as well.
  await lab.node2.kill(daemonName);
  await startDaemon(lab.node2);
  await pair.untilWell('node1');
});

labTest(
  'a wrong key, a missing key and a key file with a wrong mode are refused, named, and change nothing',
  async (lab) => {
    const pair = await LabPair.up(lab, patient);
    const good = lab.node2.readFile(keyFile);
    const cases = [
      {
        text: good.replace('this-key', 'that-key'),
        mode: 0o600,
        code: 5,
        says: /node1 signs with key 1 \(\w{8}\), which is another one in authkeys/,
      },
      {
        text: good.replaceAll(/^(auth )?1/gm, '$17'),
        mode: 0o600,
        code: 5,
        says: /node1 signs with key 1 \(\w{8}\), which is no longer in authkeys/,
      },
      {
        text: good.replace('auth 1', 'auth 3'),
        mode: 0o600,
        code: 6,
        says: /authkeys:1:1: there is no key 3; keys: 1/,
      },
      { text: 'auth 1\n', mode: 0o600, code: 6, says: /authkeys:1:1: there is no key/ },
      {
        text: good,
        mode: 0o640,
        code: 6,
        says: /authkeys:1:1: the keys are open to others than their owner \(mode 0640\)/,
      },
      { text: undefined, mode: 0, code: 6, says: /authkeys:1:1: there is no such file/ },
    ] as const;
    for (const { text, mode, code, says } of cases) {
      lab.node2.removeFile(keyFile);
      if (text !== undefined) lab.node2.writeFile(keyFile, text, mode);
      const done = await hactl(lab.node2, ['reload']);
      assert.equal(done.code, code, `${done.stdout}${done.stderr}`);
      assert.match(done.stderr, says);
      assert.doesNotMatch(done.stdout + done.stderr, /secret-to-nobody/);
    }
    lab.node2.removeFile(keyFile);
    lab.node2.writeFile(keyFile, good, 0o600);
    await ordered(pair, 'node2', 'reload');
    await pair.letBeat('node2', someBeats);
    for (const node of nodeNames) await assertNeverLate(pair, node);
    await pair.untilWell('node1');
  },
);

async function keys(pair: LabPair, node: NodeName, phase: string): Promise<void> {
  await ordered(pair, node, 'keys', 'rotate', phase);
}

async function ordered(pair: LabPair, node: NodeName, ...words: readonly string[]): Promise<void> {
  const done = await hactl(pair.host(node), words);
  assert.equal(done.code, 0, `hactl ${words.join(' ')} on ${node}: ${done.stdout}${done.stderr}`);
}

async function assertNeverLate(pair: LabPair, node: NodeName): Promise<void> {
  const late = (await pair.events(node)).filter(({ id }) => ['peer-late', 'peer-silent', 'channel-down'].includes(id));
  assert.deepEqual(late, [], `${node} missed beats of ${otherNode(node)}`);
}
