import { exitCodes } from '../../control/controlProtocol.ts';
import { eventsLimitMax } from '../../control/parseRequest.ts';
import { askDaemon, type Call, ended, finish } from '../daemon.ts';
import type { JournalEvent } from '../events/eventText.ts';
import { type Explanation, explainEvent, explainNow } from '../explain/explanation.ts';
import { explanationText } from '../explain/explanationText.ts';
import { namedGroups } from '../live/namedGroups.ts';
import { readSnapshot } from '../live/readSnapshot.ts';
import { cleanAll, jsonLine } from '../text/clean.ts';
import { paintFor } from '../text/paint.ts';

export interface ExplainOptions {
  /** RFC 3339: the decision that was in force then, from the journal. */
  readonly at?: string;
  readonly snapshot?: string;
}

/** `hactl explain`: every rule beside the facts of now, or of a time in the journal, and the one that decides. */
export async function explain(call: Call, name: string | undefined, options: ExplainOptions): Promise<number> {
  const read = await readSnapshot(call, options.snapshot);
  if (read.snapshot === undefined) return read.exitCode;
  const { snapshot } = read;
  const groups = await namedGroups(call, snapshot.state, name);
  if (typeof groups === 'number') return groups;
  if (options.at === undefined) {
    return printed(
      call,
      groups.map((group) => explainNow(snapshot, group)),
    );
  }
  const names = groups.map(({ config }) => config.name);
  return explainThen(call, snapshot.state.config.self, names, options.at);
}

async function explainThen(call: Call, node: string, names: readonly string[], at: string): Promise<number> {
  const newest = new Map<string, Explanation>();
  let count = 0;
  let first: JournalEvent | undefined;
  const outcome = await askDaemon(
    call,
    { verb: 'events', limit: eventsLimitMax },
    (line) => {
      if (line.type !== 'event') return;
      count += 1;
      first ??= line.event;
      const then = explainEvent(cleanAll(line.event), node);
      if (then !== undefined && Date.parse(then.at) <= Date.parse(at)) newest.set(then.group, then);
    },
    { totalMs: journalMs },
  );
  if (outcome.kind !== 'answered' || outcome.line.exitCode !== exitCodes.ok) return finish(call, outcome);
  const found = names.flatMap((name) => newest.get(name) ?? []);
  if (found.length > 0) return printed(call, found);
  const isCut = count >= eventsLimitMax;
  const from = typeof first?.['time'] === 'string' ? first['time'] : 'an unknown time';
  const begin = count === 0 ? '' : `; ${isCut ? `its newest ${eventsLimitMax} events begin` : 'it begins'} at ${from}`;
  const sentence = `the journal knows no decision about ${names.join(', ')} up to ${at}${begin}`;
  const next = isCut ? 'what is older stands in journal.*.jsonl in the state directory' : '';
  return ended(call, 'failed', sentence, next, exitCodes.failed);
}

/** Reading a journal of its full size from a slow disk. */
const journalMs = 60_000;

async function printed({ io, isJson }: Call, all: readonly Explanation[]): Promise<number> {
  const look = { width: io.width(), paint: paintFor(io.hasColours) };
  if (isJson) for (const one of all) await io.out(jsonLine(one));
  else await io.out(all.map((one) => explanationText(one, look)).join('\n\n'));
  return exitCodes.ok;
}
