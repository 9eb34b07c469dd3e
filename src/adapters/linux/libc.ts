/** The C functions that Node does not have. Each answers 0 or more, or -1 with the error number beside it. */
export interface Libc {
  flock(fd: number, operation: number): Answer;
  setScheduler(priority: number): Answer;
  /** _exit(2): ends the process at once. */
  exit(code: number): void;
}

export interface Answer {
  readonly value: number;
  readonly errno: number;
}

export type LibcLoaded = { readonly ok: true; readonly libc: Libc } | { readonly ok: false; readonly reason: string };

/** SCHED_FIFO, and SCHED_RESET_ON_FORK: neither a thread nor a child inherits it (sched(7)). */
const realTimePolicy = 1 | 0x4000_0000;

let loaded: Promise<LibcLoaded> | undefined;

/** koffi has no native part for some machines: then the daemon goes on without. */
export function loadLibc(): Promise<LibcLoaded> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<LibcLoaded> {
  try {
    const koffi = await import('koffi');
    // The program itself has the libc that it was linked with, glibc or musl.
    const self = koffi.load(null);
    const flock = self.func('int flock(int fd, int operation)') as (fd: number, operation: number) => number;
    koffi.struct('twinbeat_sched_param', { sched_priority: 'int' });
    const setScheduler = self.func(
      'int sched_setscheduler(int pid, int policy, const twinbeat_sched_param *param)',
    ) as (pid: number, policy: number, param: { readonly sched_priority: number }) => number;
    const exit = self.func('void _exit(int code)') as (code: number) => void;
    const answer = (value: number): Answer => ({ value, errno: value < 0 ? koffi.errno() : 0 });
    return {
      ok: true,
      libc: {
        exit,
        flock: (fd, operation) => answer(flock(fd, operation)),
        setScheduler: (priority) => answer(setScheduler(0, realTimePolicy, { sched_priority: priority })),
      },
    };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}
