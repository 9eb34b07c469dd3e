import { fstatSync } from 'node:fs';
import { destination } from 'pino';

export type Log = (level: 'info' | 'warning' | 'error', sentence: string) => void;

/**
 * Sentences on stderr: for journald with the priority that it reads from `<N>` (sd-daemon(3)), elsewhere with the time,
 * as those of the head. Written in the background: a reader that stalls must not stall the renewals. What it cannot
 * take is dropped.
 */
export function openLog(name: string): Log {
  const out = destination({ fd: 2, sync: false, minLength: 0, maxLength: waitingBytesMax });
  out.on('error', () => undefined); // Nobody reads: nobody is told.
  const isJournald = goesToJournald(process.env['JOURNAL_STREAM']);
  return (level, sentence) => {
    const start = isJournald ? `<${priorities[level]}>` : `${new Date().toISOString()} ${level} `;
    out.write(`${start}${name}: ${sentence.replaceAll(/[\r\n]+/g, ' | ')}\n`);
  };
}

const waitingBytesMax = 1024 * 1024;
const priorities = { info: 6, warning: 4, error: 3 } as const;

/** JOURNAL_STREAM names the stream that systemd connected; whoever started this may have put another in its place. */
function goesToJournald(stream: string | undefined): boolean {
  if (stream === undefined) return false;
  try {
    const { dev, ino } = fstatSync(2);
    return stream === `${dev}:${ino}`;
  } catch {
    return false;
  }
}
