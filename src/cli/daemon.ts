import { basename, dirname, join } from 'node:path';
import { type Outcome, type RequestOptions, request } from '../control/controlClient.ts';
import { exitCodes, type Request, type ResponseLine, readingVerbs, syncVerbs } from '../control/controlProtocol.ts';
import { parseRequest } from '../control/parseRequest.ts';
import type { Io } from './io.ts';
import { advice } from './text/advice.ts';
import { clean, jsonLine } from './text/clean.ts';
import { paintFor } from './text/paint.ts';

/** What every verb is given, from the options that every verb has. */
export interface Call {
  readonly io: Io;
  readonly socketPath: string;
  readonly configFile: string;
  readonly isJson: boolean;
}

/** A daemon whose loop runs answers within milliseconds. */
export const answerMs = 5000;

type Line = Parameters<Parameters<typeof request>[2]>[0];

/**
 * Asks the daemon. Where `control.sock` cannot be opened, the socket beside it that takes the verb is tried:
 * not everybody who may read the status may move a group.
 */
export async function askDaemon(
  { socketPath }: Call,
  asked: Request,
  onLine: (line: Line) => void | Promise<void>,
  options: Partial<RequestOptions> = {},
): Promise<Outcome> {
  const parsed = parseRequest(asked);
  if (!parsed.ok) {
    const line = {
      type: 'failed',
      sentence: parsed.sentence,
      next: 'run hactl help',
      exitCode: exitCodes.usage,
    } as const;
    return { kind: 'answered', line };
  }
  const limits = { firstLineMs: answerMs, ...options };
  const outcome = await request(socketPath, asked, onLine, limits);
  const other = otherSocket(socketPath, asked);
  if (other === undefined || outcome.kind !== 'unreachable' || !closedDoors.has(outcome.code)) return outcome;
  return request(other, asked, onLine, limits);
}

/** Ends a verb by a sentence of its own, in the form in which a request ends. */
export function ended(
  call: Call,
  type: 'failed' | 'refused',
  sentence: string,
  next: string,
  exitCode: number,
): Promise<number> {
  return finish(call, { kind: 'answered', line: { type, sentence, next, exitCode } });
}

/** Prints how a request ended, and returns the exit code of `hactl`. A stream that the operator ended is done. */
export async function finish({ io, isJson }: Call, outcome: Outcome): Promise<number> {
  const line = finalLine(outcome);
  if (isJson) {
    await io.out(jsonLine(line));
  } else if (line.type === 'done') {
    if (line.sentence !== '') await io.out(clean(line.sentence));
  } else {
    const paint = paintFor(io.hasColours);
    const next = line.next === '' ? '' : `; ${clean(advice(line.next))}`;
    io.err(`${paint('bad', `${line.type}:`)} ${clean(line.sentence)}${next}`);
  }
  return line.exitCode;
}

export function finalLine(outcome: Outcome): Extract<ResponseLine, { readonly exitCode: number }> {
  switch (outcome.kind) {
    case 'answered':
      return outcome.line;
    case 'unreachable':
      return { type: 'failed', sentence: outcome.sentence, next: outcome.next, exitCode: exitCodes.unreachable };
    case 'timedOut':
      return { type: 'failed', sentence: outcome.sentence, next: outcome.next, exitCode: exitCodes.timedOut };
    case 'broken':
      return { type: 'failed', sentence: outcome.sentence, next: outcome.next, exitCode: exitCodes.failed };
    case 'stopped':
      return { type: 'done', sentence: '', exitCode: exitCodes.ok };
  }
}

const closedDoors: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'ENOENT', 'ECONNREFUSED']);

function otherSocket(socketPath: string, { verb }: Request): string | undefined {
  if (basename(socketPath) !== 'control.sock') return undefined;
  if (readingVerbs.includes(verb)) return join(dirname(socketPath), 'status.sock');
  return syncVerbs.includes(verb) ? join(dirname(socketPath), 'sync.sock') : undefined;
}
