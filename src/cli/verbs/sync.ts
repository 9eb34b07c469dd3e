import { askDaemon, type Call, finish } from '../daemon.ts';

/** `hactl sync-begin GROUP`: the owner epoch alone on standard output, for a script that keeps it with its copy. */
export async function syncBegin(call: Call, group: string, isRewriting: boolean): Promise<number> {
  const asked = { verb: 'sync-begin', group, ...(isRewriting ? { rewrites: true } : {}) } as const;
  const outcome = await askDaemon(call, asked, () => undefined, { firstLineMs: syncMs, totalMs: syncMs });
  if (call.isJson || outcome.kind !== 'answered' || outcome.line.type !== 'done') return finish(call, outcome);
  const { epoch, exitCode } = outcome.line;
  if (epoch === undefined) {
    const sentence = 'the daemon answered without an epoch: do not sync';
    return finish(call, { kind: 'broken', sentence, next: 'run hactl version' });
  }
  await call.io.out(String(epoch));
  return exitCode;
}

/** `hactl sync-end GROUP`: says nothing when it is well. */
export async function syncEnd(call: Call, group: string): Promise<number> {
  const outcome = await askDaemon(call, { verb: 'sync-end', group }, () => undefined, {
    firstLineMs: syncMs,
    totalMs: syncMs,
  });
  if (call.isJson || outcome.kind !== 'answered' || outcome.line.type !== 'done') return finish(call, outcome);
  return outcome.line.exitCode;
}

/** The daemon writes it to disk before it answers. */
const syncMs = 10_000;
