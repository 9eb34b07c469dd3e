import type { StatusReport } from '../../control/controlProtocol.ts';
import { askDaemon, type Call, finish } from '../daemon.ts';
import { exitCodeOf } from '../status/place.ts';
import { statusText } from '../status/statusText.ts';
import { jsonLine } from '../text/clean.ts';
import { paintFor } from '../text/paint.ts';

/** `hactl status`: one report, and whether all is well as exit code. */
export async function status(call: Call): Promise<number> {
  const { io, isJson } = call;
  let report: StatusReport | undefined;
  const outcome = await askDaemon(
    call,
    { verb: 'status' },
    (line) => {
      if (line.type === 'status') report = line.status;
    },
    { totalMs: statusMs },
  );
  // A report is worth printing also when the end of the answer was lost.
  if (report === undefined) return finish(call, withoutReport(outcome));
  await io.out(isJson ? jsonLine(report) : statusText(report, { width: io.width(), paint: paintFor(io.hasColours) }));
  return exitCodeOf(report);
}

const statusMs = 10_000;

type Outcome = Awaited<ReturnType<typeof askDaemon>>;

/** An answer that says "done" and has no report would end with 0: all is well. */
function withoutReport(outcome: Outcome): Outcome {
  if (outcome.kind !== 'answered' || outcome.line.exitCode !== 0) return outcome;
  return { kind: 'broken', sentence: 'the daemon answered without a status', next: 'run hactl version' };
}
