import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ResourcePlan } from '../../../src/config/plans.ts';
import { openIcmp } from '../../../src/runner/icmp.ts';
import { openLog } from '../../../src/runner/log.ts';
import { openPackets, shedInheritance } from '../../../src/runner/packets.ts';
import { Runner } from '../../../src/runner/runner.ts';
import { openWatchdogTimer } from '../../../src/runner/watchdogTimer.ts';

/** The runner as a process, with its plan from `plan.json` in the folder that it is given, instead of from config files. */
const [folder = ''] = process.argv.slice(2);
const fixtures = join(import.meta.dirname, '..', '..', 'fixtures');
const log = openLog('runner');
await shedInheritance();
const runner = new Runner({
  runDir: join(folder, 'run'),
  stateDir: join(folder, 'state'),
  folders: [
    { path: join(folder, 'resource.d'), judge: 'text' },
    { path: join(fixtures, 'resource.d'), judge: 'text' },
    { path: join(fixtures, 'init.d'), judge: 'exitCode' },
  ],
  ocfRoot: join(fixtures, 'ocf'),
  packets: await openPackets(),
  ping: await openIcmp(),
  watchdogTimer: await openWatchdogTimer(),
  readPlan: async () => {
    try {
      return { kind: 'plan', plan: JSON.parse(readFileSync(join(folder, 'plan.json'), 'utf8')) as ResourcePlan };
    } catch (error) {
      return { kind: 'broken', problems: [String(error)] };
    }
  },
  onReplaced: () => {
    log('error', 'replaced');
    process.exit(1);
  },
  log,
});
const problem = await runner.open();
if (problem !== undefined) {
  log('error', problem);
  process.exit(1);
}
