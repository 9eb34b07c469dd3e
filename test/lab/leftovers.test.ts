import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { until } from '../../lab/clock.ts';
import { isPossible } from '../../lab/forTest.ts';
import { Lab } from '../../lab/lab.ts';

const program = fileURLToPath(new URL('programs/abandonedLab.ts', import.meta.url));
const goneWithinMs = 20_000;

for (const mode of ['root', 'user'] as const) {
  for (const signal of ['SIGKILL', 'SIGTERM', 'SIGINT'] as const) {
    test(`a lab (${mode}) whose owner gets ${signal} leaves nothing behind`, { timeout: 120_000 }, async (t) => {
      if (!isPossible(t, mode)) return;
      const before = machineState();
      const owner = spawn(process.execPath, [program, mode], { stdio: ['ignore', 'pipe', 'inherit'] });
      const pids = JSON.parse(await firstLine(owner)) as readonly number[];
      const namespaces = namespacesOf(pids);
      assert.ok(residents(namespaces).length > 8, 'the lab is in use');
      owner.kill(signal);
      await until('nobody lives in its namespaces', goneWithinMs, () => residents(namespaces).length === 0);
      assert.deepEqual(machineState(), before);
    });
  }
}

test('a closed lab leaves nothing behind, even with a host frozen', { timeout: 120_000 }, async (t) => {
  if (!isPossible(t)) return;
  const before = machineState();
  const lab = await Lab.create();
  const namespaces = namespacesOf([lab.pid, ...lab.hostsOn.map((host) => host.initPid)]);
  await lab.probe('192.168.1.50');
  await lab.freeze('node1');
  await lab.powerCut('node2');
  await lab.close();
  // What was killed may be a moment in its end on a busy machine.
  await until('nobody lives in its namespaces', goneWithinMs, () => residents(namespaces).length === 0);
  assert.deepEqual(machineState(), before);
});

/** What a lab could leave on the machine beside processes. */
function machineState(): unknown {
  return {
    mounts: readFileSync('/proc/self/mountinfo', 'utf8'),
    named: existsSync('/run/netns') ? readdirSync('/run/netns') : [],
    interfaces: readdirSync('/sys/class/net'),
    privateFiles: ['/etc/twinbeat', '/var/lib/twinbeat', '/run/lab', '/run/twinbeat'].filter((path) =>
      existsSync(path),
    ),
  };
}

function namespacesOf(pids: readonly number[]): ReadonlySet<string> {
  return new Set(pids.flatMap((pid) => ['net', 'pid', 'mnt'].map((kind) => readlinkSync(`/proc/${pid}/ns/${kind}`))));
}

/** The processes that are in one of the namespaces, as "PID command". */
function residents(namespaces: ReadonlySet<string>): readonly string[] {
  return readdirSync('/proc').flatMap((pid) => {
    if (!/^\d+$/.test(pid)) return [];
    try {
      const own = ['net', 'pid', 'mnt'].map((kind) => readlinkSync(`/proc/${pid}/ns/${kind}`));
      if (!own.some((namespace) => namespaces.has(namespace))) return [];
      return [`${pid} ${readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')}`];
    } catch {
      return []; // It has ended meanwhile.
    }
  });
}

async function firstLine(child: ChildProcess): Promise<string> {
  let text = '';
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  return text.split('\n')[0] ?? '';
}
