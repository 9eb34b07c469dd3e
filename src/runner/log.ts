import { destination } from 'pino';

export type Log = (level: 'info' | 'warning' | 'error', sentence: string) => void;

/**
 * Sentences on stderr with the priority that journald reads from `<N>` (sd-daemon(3)).
 * Written in the background: a reader that stalls must not stall the renewals. What it cannot take is dropped.
 */
export function openLog(name: string): Log {
  const out = destination({ fd: 2, sync: false, minLength: 0, maxLength: waitingBytesMax });
  out.on('error', () => undefined); // Nobody reads: nobody is told.
  return (level, sentence) =>
    void out.write(`<${priorities[level]}>${name}: ${sentence.replaceAll(/[\r\n]+/g, ' | ')}\n`);
}

const waitingBytesMax = 1024 * 1024;
const priorities = { info: 6, warning: 4, error: 3 } as const;
