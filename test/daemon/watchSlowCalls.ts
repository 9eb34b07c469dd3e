// Loaded first by a daemon under test: counts calls that would stall the loop or fork, from a SIGWINCH to the next one,
// which prints them to `slow-calls` in the state directory.
import childProcess from 'node:child_process';
import dns from 'node:dns';
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

type Function = (...args: unknown[]) => unknown;

if (process.argv[1]?.includes('daemon') === true) {
  const { writeFileSync } = fs;
  const stateDir = process.argv[process.argv.indexOf('--state-dir') + 1];
  let calls: string[] | undefined;
  const watch = (module: object, isSlow: (name: string) => boolean): void => {
    const functions = module as Record<string, unknown>;
    for (const name of Object.keys(functions).filter(isSlow)) {
      const original = functions[name];
      if (typeof original !== 'function') continue;
      functions[name] = function watched(this: unknown, ...args: unknown[]): unknown {
        calls?.push(`${name} ${new Error('here').stack?.split('\n')[2]?.trim()}`);
        return (original as Function).apply(this, args);
      };
    }
  };
  watch(fs, (name) => name.endsWith('Sync'));
  watch(childProcess, (name) => /^(spawn|exec|fork)/.test(name));
  watch(dns, (name) => name === 'lookup' || name.startsWith('resolve'));
  syncBuiltinESMExports();
  process.on('SIGWINCH', () => {
    if (calls !== undefined) writeFileSync(`${stateDir}/slow-calls`, JSON.stringify(calls));
    calls = [];
  });
}
