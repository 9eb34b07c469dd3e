import assert from 'node:assert/strict';
import { patienceMs, until } from '../../../lab/clock.ts';
import { calm, LabPair } from '../../../lab/pair.ts';
import { floatingAddress, lanDevice, nodeNames } from '../../../lab/topology.ts';
import { configDir, daemonName, hactl, type PairConfig } from '../../../lab/twinbeat.ts';
import { callsOn, changesIn, installRecorder, stuckFile } from './recorder.ts';
import { row } from './row.ts';

/** `a` stands left of the address, `b` and `c` right of it. */
const line = `# group: site\nnode1 recorder::a ${floatingAddress}/24/${lanDevice} recorder::b recorder::c\n`;
const recorded: PairConfig = { ...calm, haresources: line };

row('A3: a line starts from left to right, each after its status, and stops from right to left', async (lab) => {
  lab.nodes.forEach(installRecorder);
  const pair = await LabPair.up(lab, recorded);
  const before = callsOn(lab.node1);
  assert.deepEqual(changesIn(before), ['a start', 'b start', 'c start'], 'from left to right');
  for (const resource of ['a', 'b', 'c']) {
    const own = before.filter((call) => call.resource === resource).map(({ action }) => action);
    assert.equal(own[own.indexOf('start') - 1], 'status', `${resource} is asked for its status before its start`);
  }
  const addressAt = (action: string): string =>
    callsOn(lab.node1)
      .filter((call) => call.action === action)
      .map(({ resource, hasAddress }) => `${resource} ${hasAddress ? 'with' : 'without'}`)
      .join(', ');
  assert.equal(addressAt('start'), 'a without, b with, c with', 'the address comes between a and b');

  await pair.takeover('node2');
  await pair.untilWell('node2');
  const after = callsOn(lab.node1).slice(before.length);
  assert.deepEqual(changesIn(after), ['c stop', 'b stop', 'a stop'], 'from right to left');
  assert.equal(addressAt('stop'), 'c with, b with, a without', 'the address goes between b and a');
  assert.deepEqual(
    changesIn(callsOn(lab.node2)),
    ['a start', 'b start', 'c start'],
    'from left to right on the other node',
  );
});

row('A3: a haresources that differs between the nodes is reported by both, and stops a planned move', async (lab) => {
  lab.nodes.forEach(installRecorder);
  const pair = await LabPair.up(lab, recorded);
  lab.node2.writeFile(`${configDir}/haresources`, line.replace('recorder::c', 'recorder::d'));
  await lab.node2.signal(daemonName, 'SIGHUP');
  for (const node of nodeNames) {
    await pair.until(node, 'config-differs', ({ warnings }) => warnings.some(({ id }) => id === 'config-differs'));
  }
  const shown = await hactl(lab.node1, ['status']);
  assert.match(shown.stdout, /different configurations of site/, 'hactl status says so');
  const refused = await hactl(lab.node2, ['takeover']);
  assert.equal(refused.code, 5, `a planned move is refused: ${refused.stdout}${refused.stderr}`);
  assert.deepEqual(changesIn(callsOn(lab.node2)), [], 'nothing was done on node2');
});

row('A8: what cannot be stopped is reported, and the group starts nowhere until an operator says so', async (lab) => {
  lab.nodes.forEach(installRecorder);
  const pair = await LabPair.up(lab, recorded);
  lab.node1.writeFile(stuckFile, '');
  const asked = await hactl(lab.node2, ['takeover', '--wait', '--timeout', '8s']);
  assert.notEqual(asked.code, 0, 'the takeover does not succeed');
  for (const [node, warning] of [
    ['node1', 'stop-failed'],
    ['node2', 'peer-stop-failed'],
  ] as const) {
    await pair.until(node, warning, ({ warnings }) => warnings.some(({ id }) => id === warning));
  }
  // A death of the owner's daemon does not make it safe either: its services are still there.
  await lab.node1.kill(daemonName);
  await pair.untilEvent('node2', 'node1 is silent', ({ id }) => id === 'peer-silent');
  await until('the lease of node1 is over', patienceMs, () => lab.addresses.holders(floatingAddress).length === 0);
  await pair.letBeat('node2', 20);
  assert.deepEqual(changesIn(callsOn(lab.node2)), [], 'never two writers: node2 started nothing');
  assert.deepEqual(
    lab.addresses.holdings(floatingAddress).filter(({ host }) => host === 'node2'),
    [],
    'never two writers',
  );
});

row('A8: after confirm-stopped the group starts again', async (lab) => {
  lab.nodes.forEach(installRecorder);
  const pair = await LabPair.up(lab, recorded);
  lab.node1.writeFile(stuckFile, '');
  await hactl(lab.node2, ['takeover', '--wait', '--timeout', '8s']);
  await pair.until('node1', 'stop-failed', ({ warnings }) => warnings.some(({ id }) => id === 'stop-failed'));
  lab.node1.removeFile(stuckFile);
  for (const resource of ['a', 'b', 'c']) lab.node1.removeFile(`/run/recorder.${resource}`);
  const said = await hactl(lab.node1, ['confirm-stopped', 'site', '--reason', 'killed by hand']);
  assert.equal(said.code, 0, `${said.stdout}${said.stderr}`);
  await pair.until('node1', 'somebody owns it', ({ groups }) => groups.every(({ owner }) => owner !== null));
  pair.assertNeverTwice();
});
