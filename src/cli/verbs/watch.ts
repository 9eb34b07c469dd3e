import type { StatusReport } from '../../control/controlProtocol.ts';
import { askDaemon, type Call, finish } from '../daemon.ts';
import { withoutAges } from '../status/aged.ts';
import { exitCodeOf } from '../status/place.ts';
import { statusText } from '../status/statusText.ts';
import { jsonLine } from '../text/clean.ts';
import { paintFor } from '../text/paint.ts';
import { watchLive } from '../watch/live.ts';

/** `hactl watch`: live on a terminal; elsewhere appended, once for each change that is not only an age. */
export async function watch(call: Call): Promise<number> {
  if (call.isJson) return stream(call, (report) => call.io.out(jsonLine(report)));
  return call.io.isTerminal ? watchLive(call) : append(call);
}

async function stream(call: Call, onReport: (report: StatusReport) => void | Promise<void>): Promise<number> {
  let last: StatusReport | undefined;
  const outcome = await askDaemon(
    call,
    { verb: 'watch' },
    (line) => {
      if (line.type !== 'status') return undefined;
      last = line.status;
      return onReport(line.status);
    },
    { quietMs, signal: call.io.interrupted() },
  );
  const isOver = outcome.kind === 'stopped' || (outcome.kind === 'answered' && outcome.line.type === 'done');
  if (isOver && last !== undefined) return exitCodeOf(last);
  return finish(call, outcome);
}

/** The daemon sends a report each second. */
const quietMs = 10_000;

async function append(call: Call): Promise<number> {
  const look = { width: call.io.width(), paint: paintFor(false) };
  let shown = '';
  return stream(call, async (report) => {
    const text = statusText(withoutAges(report), look);
    if (text === shown) return;
    shown = text;
    await call.io.out(`${statusText(report, look)}\n`);
  });
}
