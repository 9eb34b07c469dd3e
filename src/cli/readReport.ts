import type { Outcome } from '../control/controlClient.ts';
import type { StatusReport } from '../control/controlProtocol.ts';
import { askDaemon, type Call } from './daemon.ts';

/** A daemon writes its report within a millisecond. */
const reportMs = 10_000;

/** One report of the daemon. Without one, `outcome` says why. */
export async function readReport(
  call: Call,
  totalMs: number = reportMs,
): Promise<{ readonly report: StatusReport | undefined; readonly outcome: Outcome }> {
  let report: StatusReport | undefined;
  const outcome = await askDaemon(
    call,
    { verb: 'status' },
    (line) => {
      if (line.type === 'status') report = line.status;
    },
    { totalMs },
  );
  return { report, outcome: report === undefined ? withoutReport(outcome) : outcome };
}

/** An answer that says "done" and has no report would end with 0: all is well. */
function withoutReport(outcome: Outcome): Outcome {
  if (outcome.kind !== 'answered' || outcome.line.exitCode !== 0) return outcome;
  return { kind: 'broken', sentence: 'the daemon answered without a status', next: 'run hactl version' };
}
