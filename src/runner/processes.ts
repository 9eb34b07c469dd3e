import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Clock ticks since boot at which a process began: with the id it names a process for the whole boot. */
export function startTicksOf(pid: number): number | undefined {
  const stat = readStat(pid);
  return stat === undefined || stat.state === 'Z' ? undefined : stat.startTicks;
}

/** A zombie does not run: where no init reaps, ended processes stay in the table for ever. */
export function isRunning(pid: number, startTicks: number): boolean {
  return startTicksOf(pid) === startTicks;
}

/**
 * Ends a process group: TERM, after `graceMs` KILL. True when nothing of it is left.
 * A process in uninterruptible sleep survives even that; then it is false after another second.
 */
export async function endGroup(pid: number, graceMs: number): Promise<boolean> {
  if (!signalGroup(pid, 'SIGTERM')) return true;
  if (await isGoneWithin(pid, graceMs)) return true;
  signalGroup(pid, 'SIGKILL');
  return isGoneWithin(pid, afterKillMs);
}

const afterKillMs = 1000;
const pollMs = 20;

async function isGoneWithin(pid: number, boundMs: number): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < boundMs; waitedMs += pollMs) {
    await sleep(pollMs);
    if (!signalGroup(pid, 0)) return true;
  }
  return false;
}

/** False when no process of the group is left. */
function signalGroup(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, signal);
  } catch {
    return false;
  }
}

function readStat(pid: number): { readonly state: string; readonly startTicks: number } | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // The name in parentheses may hold blanks and parentheses itself; state is field 3, the start field 22 (proc(5)).
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const startTicks = Number(fields[19]);
  return Number.isFinite(startTicks) ? { state: fields[0] ?? '', startTicks } : undefined;
}
