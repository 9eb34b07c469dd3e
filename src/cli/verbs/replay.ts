import { exitCodes } from '../../control/controlProtocol.ts';
import { parseRecording } from '../../control/recording/recording.ts';
import { type Call, finish } from '../daemon.ts';
import { failure, readFile } from '../live/readSnapshot.ts';
import { readText } from '../live/readText.ts';
import { replayed } from '../replay/replayed.ts';
import { replayedText } from '../replay/replayedText.ts';
import { jsonLine } from '../text/clean.ts';
import { paintFor } from '../text/paint.ts';

/** `hactl replay`: what was recorded, run through the core of this version; 1 where another decision comes out. */
export async function replay(call: Call, file: string | undefined): Promise<number> {
  const source = await sourceOf(call, file);
  if (typeof source === 'number') return source;
  const parsed = parseRecording(source);
  if (!parsed.ok) return finish(call, failure(`${file ?? 'the daemon answers'}: ${parsed.sentence}`));
  const result = replayed(parsed.recording);
  const { io, isJson } = call;
  if (isJson) await io.out(jsonLine({ isSame: result.difference === undefined, ...result }));
  else await io.out(replayedText(result, { width: io.width(), paint: paintFor(io.hasColours) }));
  return result.difference === undefined ? exitCodes.ok : exitCodes.failed;
}

async function sourceOf(call: Call, file: string | undefined): Promise<string | number> {
  if (file === undefined) {
    const { text, outcome } = await readText(call, { verb: 'recording' });
    return text ?? finish(call, outcome);
  }
  const read = readFile(file);
  return read.ok ? read.text : finish(call, failure(read.sentence));
}
