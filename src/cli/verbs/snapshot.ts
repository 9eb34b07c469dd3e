import { parseSnapshot } from '../../control/snapshot/snapshot.ts';
import { type Call, finish } from '../daemon.ts';
import { failure } from '../live/readSnapshot.ts';
import { readText } from '../live/readText.ts';
import { jsonLine } from '../text/clean.ts';

/** `hactl snapshot`: all that the core knows, as one line of JSON, for the verbs that take `--snapshot FILE`. */
export async function snapshot(call: Call): Promise<number> {
  const { text, outcome } = await readText(call, { verb: 'snapshot' });
  if (text === undefined) return finish(call, outcome);
  const parsed = parseSnapshot(text);
  if (!parsed.ok) return finish(call, failure(`the daemon answers: ${parsed.sentence}`));
  await call.io.out(jsonLine(JSON.parse(text)));
  return 0;
}
