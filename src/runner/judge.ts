import type { JobOutcome } from '../core/job.ts';
import type { CallResult } from './scriptCall.ts';
import type { StatusJudge } from './scriptLookup.ts';

/** What a call of `status` means. */
export function judgeStatus(result: CallResult, judge: StatusJudge): JobOutcome {
  if (result.kind !== 'exited') return outcomeOfBrokenCall('status', result);
  return judge === 'text' ? judgeText(result.output) : judgeExitCode(result);
}

/** What a call of `start`, `stop` or `sync` means: 0 is success. */
export function judgeCall(action: string, result: CallResult): JobOutcome {
  if (result.kind !== 'exited') return outcomeOfBrokenCall(action, result);
  if (result.code === 0) return { kind: 'done' };
  return { kind: 'failed', detail: withLastLine(`${action} exited with ${result.code}`, result.output) };
}

/** OCF agents: 0 running, 7 cleanly stopped, 8 running as promoted, 9 failed as promoted (OCF resource agent API). */
export function judgeMonitor(result: CallResult): JobOutcome {
  if (result.kind !== 'exited') return outcomeOfBrokenCall('monitor', result);
  if (result.code === 0 || result.code === 8) return { kind: 'running' };
  if (result.code === 7) return { kind: 'stopped' };
  return { kind: 'failed', detail: withLastLine(`monitor exited with ${result.code}`, result.output) };
}

/** As Heartbeat's ResourceManager: the first match wins, the exit code does not count, no word means stopped. */
function judgeText(output: string): JobOutcome {
  if (/[Nn][Oo][Tt] .*[Rr]unning/s.test(output)) return { kind: 'stopped' };
  if (/[Rr]unning|OK/.test(output)) return runningAt(output);
  return { kind: 'stopped' };
}

function judgeExitCode(result: CallResult & { readonly kind: 'exited' }): JobOutcome {
  if (result.code === 0) return runningAt(result.output);
  if (result.code === 3) return { kind: 'stopped' };
  return { kind: 'failed', detail: withLastLine(`status exited with ${result.code}`, result.output) };
}

/** A script that knows how far its service has come says so in a line `position=NUMBER`. */
function runningAt(output: string): JobOutcome {
  const [, digits] = /^position=(\d{1,15})$/m.exec(output) ?? [];
  return digits === undefined ? { kind: 'running' } : { kind: 'running', position: Number(digits) };
}

function outcomeOfBrokenCall(action: string, result: Exclude<CallResult, { kind: 'exited' }>): JobOutcome {
  switch (result.kind) {
    case 'timedOut':
      return {
        kind: 'timedOut',
        afterMs: result.afterMs,
        detail: withLastLine(`${action} ${result.detail}`, result.output),
      };
    case 'signalled':
      return { kind: 'failed', detail: withLastLine(`${action} was ended by ${result.signal}`, result.output) };
    case 'notStarted':
      return { kind: 'notStarted', detail: result.detail };
  }
}

const lastLineCharsMax = 200;

function withLastLine(sentence: string, output: string): string {
  const line = output.trimEnd().split('\n').at(-1)?.trim().slice(0, lastLineCharsMax) ?? '';
  return line === '' ? sentence : `${sentence}: ${line}`;
}
