import { loadLibc } from './libc.ts';

/**
 * Ends the process at once, with `code` where that is possible.
 *
 * `process.exit` waits for the threads that write files, and pino writes what is left in the foreground: where nobody
 * reads the log any more, or a disk hangs, both take for ever, and a daemon that is over must be seen to be over.
 */
export async function exitNow(code: number): Promise<never> {
  const libc = await loadLibc();
  if (libc.ok) libc.libc.exit(code);
  process.kill(process.pid, 'SIGKILL');
  return await new Promise<never>(() => undefined);
}
