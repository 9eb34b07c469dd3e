import { type Call, finish } from '../daemon.ts';
import { readReport } from '../readReport.ts';
import { exitCodeOf } from '../status/place.ts';
import { statusText } from '../status/statusText.ts';
import { jsonLine } from '../text/clean.ts';
import { paintFor } from '../text/paint.ts';

/** `hactl status`: one report, and whether all is well as exit code. */
export async function status(call: Call): Promise<number> {
  const { io, isJson } = call;
  // A report is worth printing also when the end of the answer was lost.
  const { report, outcome } = await readReport(call);
  if (report === undefined) return finish(call, outcome);
  const exitCode = exitCodeOf(report);
  io.settle(exitCode);
  await io.out(isJson ? jsonLine(report) : statusText(report, { width: io.width(), paint: paintFor(io.hasColours) }));
  return exitCode;
}
