import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

export interface PtyCable {
  readonly a: string;
  readonly b: string;
  /** The commands are in `ptyCable.py`. */
  tell(command: string): Promise<void>;
}

/** Two joined ptys for one test, or undefined after it was skipped because this machine has no python3. */
export async function ptyCable(t: TestContext): Promise<PtyCable | undefined> {
  if (spawnSync('python3', ['-c', 'import pty']).status !== 0) {
    if (process.env['CI'] === 'true') throw new Error('python3 is needed here: apt install python3');
    t.skip('no python3, which pretends the serial cable: apt install python3');
    return undefined;
  }
  const directory = mkdtempSync(join(tmpdir(), 'twinbeat-cable-'));
  const child = spawn('python3', [fileURLToPath(new URL('ptyCable.py', import.meta.url)), directory], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  t.after(async () => {
    const exited = once(child, 'exit');
    child.stdin.end();
    await exited;
    rmSync(directory, { recursive: true });
  });
  const answers = createInterface(child.stdout);
  await once(answers, 'line');
  return {
    a: join(directory, 'a'),
    b: join(directory, 'b'),
    tell: async (command) => {
      const answered = once(answers, 'line');
      child.stdin.write(`${command}\n`);
      await answered;
    },
  };
}
