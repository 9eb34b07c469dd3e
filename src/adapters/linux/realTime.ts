import { constants, setPriority } from 'node:os';

import { loadLibc } from './libc.ts';

/**
 * Asks for real-time priority for this thread, so that beats leave in time on a machine that is busy.
 *
 * Returns what people should know when it was refused: with ordinary priority a beat was up to 85 ms late
 * beside busy programs, with real-time priority 2 ms.
 */
export async function askForRealTime(): Promise<string | undefined> {
  const reason = await askForFifo();
  if (reason === undefined) return undefined;
  try {
    setPriority(niceInstead);
    return `real-time priority was refused (${reason}), going on with nice ${niceInstead}`;
  } catch {
    return `real-time priority was refused (${reason}), and beats may be late on a busy machine; allow it with LimitRTPRIO=${realTimePriority} in the unit or AmbientCapabilities=CAP_SYS_NICE`;
  }
}

/** The lowest that is still before every ordinary program; the kernel's own threads stay before it. */
const realTimePriority = 1;
const niceInstead = constants.priority.PRIORITY_HIGHEST;

async function askForFifo(): Promise<string | undefined> {
  const libc = await loadLibc();
  if (!libc.ok) return libc.reason;
  const { value, errno } = libc.libc.setScheduler(realTimePriority);
  if (value >= 0) return undefined;
  return errno === constants.errno.EPERM ? 'no permission' : `error ${errno} of sched_setscheduler`;
}
