import { join } from 'node:path';
import { exitCodes } from '../control/controlProtocol.ts';
import { readVersion } from '../control/version.ts';
import { makeDirectory } from './directories.ts';
import { type Flags, parseFlags, usage } from './flags.ts';
import { RunnerProcess } from './runnerProcess.ts';

/** Undefined: it runs, and ends by itself. */
async function main(): Promise<number | undefined> {
  const parsed = parseFlags(process.argv.slice(2));
  switch (parsed.kind) {
    case 'wrong':
      process.stderr.write(`twinbeatd: ${parsed.sentence}\n${usage}\n`);
      return exitCodes.usage;
    case 'help':
      process.stdout.write(`${usage}\n`);
      return exitCodes.ok;
    case 'version':
      process.stdout.write(`twinbeatd ${readVersion()}\n`);
      return exitCodes.ok;
    case 'witness': {
      const { runWitness } = await import('../witness/main.ts');
      return runWitness(parsed.flags, readVersion());
    }
    case 'run':
      return begin(parsed.flags);
  }
}

/** The runner is started before anything large is loaded here: each needs a moment for that, and it can be the same. */
async function begin(flags: Flags): Promise<number | undefined> {
  const runnerProcess = flags.startsRunner ? newRunnerProcess(flags) : undefined;
  // Where it cannot be made, `run` says so.
  if ((await makeDirectory(flags.runDir)) === undefined) await runnerProcess?.ensure();
  const { run } = await import('./run.ts');
  const code = await run(flags, runnerProcess);
  if (code !== undefined) runnerProcess?.abandon();
  return code;
}

/** It finds this node's name as the head does. */
function newRunnerProcess({ configFile, node, runDir, stateDir }: Flags): RunnerProcess {
  const own = node === undefined ? [] : ['--node', node];
  return new RunnerProcess({
    runDir,
    command: join(import.meta.dirname, '..', '..', 'bin', 'twinbeat-runner'),
    args: ['--config', configFile, ...own, '--run-dir', runDir, '--state-dir', stateDir],
  });
}

// No `await` here: the package bundles this file for `require`, which knows none at the top.
void main().then((code) => {
  if (code !== undefined) process.exit(code);
});
