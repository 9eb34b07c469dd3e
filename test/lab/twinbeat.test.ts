import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

import { ownLab } from '../../lab/forTest.ts';
import { configureNode, copyConfig, pairYaml } from '../../lab/twinbeat.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';

const labTest = ownLab();

const configs: readonly (readonly [string, string])[] = [
  ['the default', pairYaml()],
  ['one with short timings', pairYaml({ keepalive: '100ms', warntime: '250ms', deadtime: '500ms', initdead: '1s' })],
  ['one without the serial cable', pairYaml({ channels: ['lan', 'cross'] })],
  ['one with a slow serial cable', pairYaml({ baud: 19_200, timing: ['lease: 3s'] })],
];
for (const [name, text] of configs) {
  test(`the lab's config is one that twinbeat accepts: ${name}`, () => {
    const loaded = loadConfig({
      yaml: { file: 'twinbeat.yaml', text },
      haresources: { file: 'haresources', text: 'node1 192.168.1.50/24/eth0\n' },
      authkeys: undefined,
    });
    assert.ok(loaded.ok, JSON.stringify(loaded));
  });
}

labTest('a node is configured before its first boot and finds the files then, the keys for root only', async (lab) => {
  await lab.powerCut('node1');
  configureNode(lab.node1);
  await lab.boot('node1');
  const shown = await lab.node1.run(['sh', '-c', 'cd /etc/twinbeat && stat -c "%n %a" * && cat haresources']);
  assert.equal(shown, 'authkeys 600\nharesources 644\ntwinbeat.yaml 644\nnode1 192.168.1.50/24/eth0\n');
});

labTest('a folder of config is copied to a node with its scripts, which stay executable', async (lab) => {
  const folder = mkdtempSync(join(tmpdir(), 'twinbeat-config-'));
  try {
    mkdirSync(join(folder, 'resource.d'));
    writeFileSync(join(folder, 'resource.d/hello'), '#!/bin/sh\necho "hello $1"\n', { mode: 0o755 });
    writeFileSync(join(folder, 'twinbeat.yaml'), pairYaml());
    copyConfig(lab.node2, folder);
    assert.equal(await lab.node2.run(['/etc/twinbeat/resource.d/hello', 'start']), 'hello start\n');
    assert.equal(lab.node2.readFile('/etc/twinbeat/twinbeat.yaml'), pairYaml());
    assert.throws(() => copyConfig(lab.node2, join(folder, 'nowhere')), /ENOENT/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
