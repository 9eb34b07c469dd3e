import { dirname, join } from 'node:path';

/** A background process of a host, started by its process 1. */
export interface ServiceSpec {
  readonly name: string;
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Start it with every boot. */
  readonly atBoot?: boolean;
  /** Start it again so long after it ended. At least 10. */
  readonly restartAfterMs?: number;
}

/** How a background process ended. */
export interface ServiceExit {
  readonly name: string;
  /** In the host's own counting. */
  readonly pid: number;
  /** The exit code, or the negative number of the signal that ended it. */
  readonly code: number;
  readonly atMs: number;
}

export interface HostProcess {
  readonly pid: number;
  /** The letter of /proc/PID/stat: R S D T Z … */
  readonly state: string;
  readonly argv: readonly string[];
}

/** Below /var, so that a log survives a power cut. */
export const logDir = '/var/log/lab';

/** `hactl` and the daemons of this checkout, as if they were installed. */
const binDir = join(import.meta.dirname, '../bin');

/** The environment of everything on a host: that of a system service, with this checkout and the Node that runs this. */
export function hostEnv(): Readonly<Record<string, string>> {
  return {
    PATH: `${binDir}:${dirname(process.execPath)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
    HOME: '/root',
    LANG: 'C.UTF-8',
  };
}
