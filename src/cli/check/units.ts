import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { SiteConfig } from '../../config/siteConfig.ts';

export interface UnitConcern {
  readonly id: 'unit-missing' | 'unit-enabled';
  readonly sentence: string;
  readonly next: string;
}

/** What systemd says of a unit; undefined where there is no systemd. */
export type AskUnit = (unit: string) => Promise<{ readonly load: string; readonly file: string } | undefined>;

/**
 * Units of systemd that are to be resources, and are not there, or are started at boot beside Twinbeat: on both nodes,
 * and before either knows who owns the group.
 */
export async function unitConcerns(
  { groups }: SiteConfig,
  isRunning: boolean,
  ask: AskUnit = askSystemd,
): Promise<readonly UnitConcern[]> {
  const units = groups.flatMap(({ resources }) =>
    resources.flatMap(({ means }) => (means.kind === 'systemd' ? [means.unit] : [])),
  );
  const concerns = await Promise.all(
    [...new Set(units)].map(async (unit) => {
      const said = await ask(unit);
      return said === undefined ? undefined : concernOf(unit, said, isRunning);
    }),
  );
  return concerns.filter((concern) => concern !== undefined);
}

function concernOf(
  unit: string,
  { load, file }: { readonly load: string; readonly file: string },
  isRunning: boolean,
): UnitConcern | undefined {
  if (load === 'not-found') {
    const sentence = `systemd of this machine has no unit ${unit}`;
    return { id: 'unit-missing', sentence, next: 'install it, or correct haresources' };
  }
  if (!file.startsWith('enabled')) return undefined;
  const sentence = `systemd starts ${unit} at boot, whether this node owns the group or not`;
  // A unit that a running daemon has started is stopped by nobody else.
  return { id: 'unit-enabled', sentence, next: `sudo systemctl disable ${isRunning ? '' : '--now '}${unit}` };
}

/** A systemd that hangs must not hold the check up. */
const systemctlMs = 2000;

async function askSystemd(unit: string): ReturnType<AskUnit> {
  try {
    const words = ['show', '--property=LoadState,UnitFileState', '--', unit];
    const { stdout } = await promisify(execFile)('systemctl', words, { timeout: systemctlMs });
    const [, load = ''] = /^LoadState=(.*)$/m.exec(stdout) ?? [];
    const [, file = ''] = /^UnitFileState=(.*)$/m.exec(stdout) ?? [];
    return load === '' ? undefined : { load, file };
  } catch {
    return undefined;
  }
}
