import { exitCodes } from '../../control/controlProtocol.ts';
import { askDaemon, type Call, finish } from '../daemon.ts';
import { clean, jsonLine } from '../text/clean.ts';
import { clock } from '../text/time.ts';

export interface MoveOptions {
  readonly wait?: boolean;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly reason?: string;
  readonly timeoutMs: number;
}

/** `hactl takeover` and `hactl release`: a move that was ordered. With `wait`, its steps as they happen. */
export async function move(
  call: Call,
  verb: 'takeover' | 'release',
  groups: readonly string[],
  { timeoutMs, ...options }: MoveOptions,
): Promise<number> {
  const { io, isJson } = call;
  // Ctrl-C ends the watching, not the move: without a `wait` there is nothing to watch.
  const signal = options.wait === true ? io.interrupted() : undefined;
  const outcome = await askDaemon(
    call,
    { verb, groups, ...options },
    (line) => {
      if (isJson) return io.out(jsonLine(line));
      if (line.type !== 'step') return undefined;
      const now = new Date().toISOString();
      return io.out(`${clock(now, now)}  ${clean(line.group)}: ${clean(line.sentence)}`);
    },
    { firstLineMs: timeoutMs, totalMs: timeoutMs, signal },
  );
  const next = 'run hactl status --watch';
  if (outcome.kind === 'stopped') {
    const sentence = `the ${verb} was ordered and goes on; hactl no longer waits for it`;
    return finish(call, {
      kind: 'answered',
      line: { type: 'failed', sentence, next, exitCode: exitCodes.notConfirmed },
    });
  }
  if (outcome.kind === 'timedOut' || (outcome.kind === 'unreachable' && outcome.code === 'SILENT')) {
    const sentence = `the ${verb} is not finished after ${timeoutMs / 1000} s; it was ordered and may still go on`;
    return finish(call, { kind: 'timedOut', sentence, next });
  }
  return finish(call, outcome);
}
