import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { PlannedFence } from '../../src/config/fencePlan.ts';
import { type FenceContext, switchOff, switchOn, testDevice, usualAgentFolders } from '../../src/runner/fenceDevice.ts';

/** Debian's own agents, by their dummy: what it is told, and what it answers, is what all of them are and do. */
function dummy(title: string, body: (t: TestContext, context: FenceContext, folder: string) => Promise<void>): void {
  test(`Debian's fence_dummy: ${title}`, async (t) => {
    if (!usualAgentFolders.some((folder) => existsSync(join(folder, 'fence_dummy')))) {
      const sentence = 'there is no fence_dummy here; it is in fence-agents: sudo lab/install.sh';
      if (process.env['CI'] !== undefined) throw new Error(sentence);
      t.skip(sentence);
      return;
    }
    const folder = mkdtempSync(join(tmpdir(), 'twinbeat-dummy-'));
    t.after(() => rmSync(folder, { recursive: true, force: true }));
    let count = 0;
    const outputPath = (): string => join(folder, `output-${(count += 1)}`);
    await body(t, { self: 'node1', target: 'node2', agentFolders: usualAgentFolders, outputPath }, folder);
  });
}

function device(options: Readonly<Record<string, string>>): PlannedFence {
  return { kind: 'agent', name: 'dummy', agent: 'fence_dummy', action: 'reboot', timeoutMs: 60_000, options };
}

dummy('in its file mode it is switched off, and says so, and is switched on again', async (_, context, folder) => {
  const file = join(folder, 'status');
  const agent = device({ type: 'file', status_file: file });
  assert.deepEqual(await switchOn(agent, context), { ok: true });
  assert.match(readFileSync(file, 'utf8'), /on/);
  assert.deepEqual(await testDevice(agent, context), { ok: true });
  assert.deepEqual(await switchOff(agent, context), { ok: true });
  assert.match(readFileSync(file, 'utf8'), /off/);
});

dummy('in its fail mode it has fenced nobody, and the sentence says who failed', async (_, context) => {
  const outcome = await switchOff(device({ type: 'fail', power_timeout: '1' }), context);
  assert.ok(!outcome.ok);
  assert.match(outcome.detail, /^dummy: exit code 1: .*, and the machine is on$/);
});

dummy('one that is slower than its time has failed', async (_, context, folder) => {
  const slow = device({ type: 'file', status_file: join(folder, 'status'), delay: '20' });
  await switchOn(device({ type: 'file', status_file: join(folder, 'status') }), context);
  const outcome = await switchOff({ ...slow, timeoutMs: 1_000 }, context);
  assert.ok(!outcome.ok);
  assert.match(outcome.detail, /took longer than 1000 ms/);
});
