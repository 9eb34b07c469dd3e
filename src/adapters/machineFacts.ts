import { statfs } from 'node:fs/promises';
import { loadavg } from 'node:os';

export interface MachineFacts {
  readonly memoryUsedPct: number;
  readonly load1: number;
  /** Of the disk with the state directory; null when it does not answer. */
  readonly diskUsedPct: number | null;
}

/** People look at these, nothing is decided by them. */
const readEachMs = 10_000;
/** The first moments belong to the first beats. */
const readFirstMs = 1_000;

/**
 * Memory, load and disk of this machine, read now and then.
 *
 * Only what neither forks nor blocks: systeminformation answers most other questions by starting programs.
 */
export class MachineWatch {
  readonly #directory: string;
  #facts: MachineFacts | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isReading = false;

  constructor(directory: string) {
    this.#directory = directory;
  }

  get facts(): MachineFacts | undefined {
    return this.#facts;
  }

  /** Loads the library, which takes tens of milliseconds, while the daemon still waits for its runner. */
  start(): void {
    if (this.#timer !== undefined) return;
    void import('systeminformation').catch(() => undefined);
    this.#timer = this.#readAfter(readFirstMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #readAfter(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#timer = this.#readAfter(readEachMs);
      void this.#read();
    }, ms).unref();
  }

  /** A disk that hangs holds up one question, not one more every ten seconds. */
  async #read(): Promise<void> {
    if (this.#isReading) return;
    this.#isReading = true;
    try {
      this.#facts = await readMachineFacts(this.#directory);
    } catch {
      // Nobody is told anything, then.
      this.#facts = undefined;
    } finally {
      this.#isReading = false;
    }
  }
}

export async function readMachineFacts(directory: string): Promise<MachineFacts> {
  const { mem } = await import('systeminformation');
  const [memory, disk] = await Promise.all([mem(), statfs(directory).catch(() => undefined)]);
  return {
    memoryUsedPct: percent(memory.total - memory.available, memory.total),
    load1: loadavg()[0] ?? 0,
    // Without the blocks that only root may fill, as `df` counts.
    diskUsedPct: disk === undefined ? null : percent(disk.blocks - disk.bfree, disk.blocks - disk.bfree + disk.bavail),
  };
}

function percent(part: number, whole: number): number {
  return whole <= 0 ? 0 : Math.round((1000 * part) / whole) / 10;
}
