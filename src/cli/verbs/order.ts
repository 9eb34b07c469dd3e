import { exitCodes, type Request } from '../../control/controlProtocol.ts';
import { askDaemon, type Call, finish } from '../daemon.ts';
import { clean, jsonLine } from '../text/clean.ts';
import { clock } from '../text/time.ts';

type Order = Extract<Request, { readonly wait?: boolean }>;

/** Something that was ordered and takes its time: a move, a standby, a restart. With `wait`, its steps as they happen. */
export async function order(call: Call, asked: Order, name: string, timeoutMs: number): Promise<number> {
  const { io, isJson } = call;
  // Ctrl-C ends the watching, not the move: without a `wait` there is nothing to watch.
  const signal = asked.wait === true ? io.interrupted() : undefined;
  const outcome = await askDaemon(
    call,
    asked,
    (line) => {
      if (isJson) return io.out(jsonLine(line));
      if (line.type !== 'step') return undefined;
      const now = new Date().toISOString();
      return io.out(`${clock(now, now)}  ${clean(line.group)}: ${clean(line.sentence)}`);
    },
    { firstLineMs: timeoutMs, totalMs: timeoutMs, signal },
  );
  const next = 'run hactl watch';
  if (outcome.kind === 'stopped') {
    const sentence = `the ${name} was ordered and goes on; hactl no longer waits for it`;
    return finish(call, {
      kind: 'answered',
      line: { type: 'failed', sentence, next, exitCode: exitCodes.notConfirmed },
    });
  }
  if (outcome.kind === 'timedOut' || (outcome.kind === 'unreachable' && outcome.code === 'SILENT')) {
    const sentence = `the ${name} is not finished after ${timeoutMs / 1000} s; it was ordered and may still go on`;
    return finish(call, { kind: 'timedOut', sentence, next });
  }
  return finish(call, outcome);
}
