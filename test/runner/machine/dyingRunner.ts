/** Calls the script of `FOLDER/spec.json`, and dies by SIGKILL when it has been spawned: `node dyingRunner.ts FOLDER`. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CallSpec, callScript } from '../../../src/runner/scriptCall.ts';

const [, , folder = ''] = process.argv;
const spec = JSON.parse(readFileSync(join(folder, 'spec.json'), 'utf8')) as CallSpec;
await callScript(spec, {
  onSpawned: (pid) => {
    writeFileSync(join(folder, 'pid'), String(pid));
    process.kill(process.pid, 'SIGKILL');
  },
  onLine: () => undefined,
});
