import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const fileName = 'runner.pid';

/** Writes down which runner was started in `runDir`, so that a later daemon, too, can end it. */
export async function noteRunner(runDir: string, pid: number): Promise<void> {
  const startedAt = await startTimeOf(pid);
  if (startedAt === undefined) return;
  await writeFile(join(runDir, fileName), `${pid} ${startedAt}\n`).catch(() => undefined);
}

/** The process of the noted runner, if it still is that process: numbers are used again. */
export async function findRunner(runDir: string): Promise<number | undefined> {
  const text = await readFile(join(runDir, fileName), 'utf8').catch(() => '');
  const [, pid, startedAt] = /^(\d{1,10}) (\d{1,20})\n$/.exec(text) ?? [];
  if (pid === undefined || (await startTimeOf(Number(pid))) !== startedAt) return undefined;
  return Number(pid);
}

/** Field 22 of proc(5), in ticks since the boot. The name of the program may hold blanks and brackets. */
async function startTimeOf(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19];
}
