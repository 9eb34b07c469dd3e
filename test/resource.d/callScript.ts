import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

export interface ScriptAnswer {
  readonly code: number | null;
  readonly said: string;
}

/** Calls a shipped resource script unchanged, as the runner would: a bare environment, and what the test adds to it. */
export function callScript(
  name: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): ScriptAnswer {
  const script = join(import.meta.dirname, '..', '..', 'resource.d', name);
  const { status, stdout, stderr } = spawnSync(script, args, {
    encoding: 'utf8',
    env: { LC_ALL: 'C', PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', ...environment },
    timeout: 30_000,
  });
  return { code: status, said: `${stdout}${stderr}`.trim() };
}
