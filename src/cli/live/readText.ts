import type { Outcome } from '../../control/controlClient.ts';
import type { Request } from '../../control/controlProtocol.ts';
import { snapshotCharsMax } from '../../control/snapshot/snapshot.ts';
import { askDaemon, type Call } from '../daemon.ts';

/** Far more than a daemon takes to write a few hundred kilobytes. */
const textMs = 10_000;

/** A long text that the daemon answers with, in pieces. Without one, `outcome` says why. */
export async function readText(
  call: Call,
  asked: Extract<Request, { readonly verb: 'snapshot' | 'recording' }>,
): Promise<{ readonly text: string | undefined; readonly outcome: Outcome }> {
  const pieces: string[] = [];
  let length = 0;
  const outcome = await askDaemon(
    call,
    asked,
    (line) => {
      if (line.type !== 'piece' || length > snapshotCharsMax) return;
      length += line.text.length;
      pieces.push(line.text);
    },
    { totalMs: textMs },
  );
  const isWhole = outcome.kind === 'answered' && outcome.line.type === 'done' && pieces.length > 0;
  return { text: isWhole ? pieces.join('') : undefined, outcome: isWhole ? outcome : withoutText(outcome) };
}

/** An answer that says "done" and has no text would end with 0: all is well. */
function withoutText(outcome: Outcome): Outcome {
  if (outcome.kind !== 'answered' || outcome.line.exitCode !== 0) return outcome;
  return { kind: 'broken', sentence: 'the daemon answered without what was asked for', next: 'run hactl version' };
}
