import { exitCodes } from '../../control/controlProtocol.ts';
import { predict } from '../../sim/live/prediction.ts';
import { parseScript } from '../../sim/live/script.ts';
import { type Call, ended } from '../daemon.ts';
import { readSnapshot } from '../live/readSnapshot.ts';
import { predictionText } from '../simulate/predictionText.ts';
import { jsonLine } from '../text/clean.ts';
import { paintFor } from '../text/paint.ts';

export interface SimulateOptions {
  readonly snapshot?: string;
}

/** `hactl simulate 'cut lan,serial; wait 20s'`: what would happen, by the shipped core. Touches nothing. */
export async function simulate(call: Call, script: string, options: SimulateOptions): Promise<number> {
  const read = await readSnapshot(call, options.snapshot);
  if (read.snapshot === undefined) return read.exitCode;
  const { snapshot } = read;
  const parsed = parseScript(script, snapshot.state.config);
  if (!parsed.ok) return failed(call, parsed.sentence, 'hactl help simulate', exitCodes.usage);
  const prediction = predict(snapshot, parsed.commands);
  const { io, isJson } = call;
  const node = snapshot.state.config.self;
  if (isJson) await io.out(jsonLine({ node, at: snapshot.at, ...prediction }));
  else await io.out(predictionText(prediction, { snapshot, width: io.width(), paint: paintFor(io.hasColours) }));
  if (prediction.problem === undefined) return exitCodes.ok;
  return failed(call, prediction.problem, 'hactl version', exitCodes.failed);
}

function failed(call: Call, sentence: string, next: string, exitCode: number): Promise<number> {
  return ended(call, 'failed', sentence, next, exitCode);
}
