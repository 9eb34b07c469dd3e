import { readFileSync, statSync } from 'node:fs';
import type { Outcome } from '../../control/controlClient.ts';
import { exitCodes } from '../../control/controlProtocol.ts';
import { parseSnapshot, type Snapshot, snapshotCharsMax } from '../../control/snapshot/snapshot.ts';
import { type Call, finish } from '../daemon.ts';
import { readText } from './readText.ts';

/** A snapshot, or the exit code of a `hactl` that has already said why there is none. */
export type ReadSnapshot =
  | { readonly snapshot: Snapshot; readonly exitCode?: undefined }
  | { readonly snapshot?: undefined; readonly exitCode: number };

/** Of the daemon, or of a file that `hactl snapshot` wrote. */
export async function readSnapshot(call: Call, file: string | undefined): Promise<ReadSnapshot> {
  if (file === undefined) {
    const { text, outcome } = await readText(call, { verb: 'snapshot' });
    return text === undefined ? { exitCode: await finish(call, outcome) } : parsed(call, text, 'the daemon answers');
  }
  const read = readFile(file);
  return read.ok ? parsed(call, read.text, file) : { exitCode: await finish(call, failure(read.sentence)) };
}

async function parsed(call: Call, text: string, source: string): Promise<ReadSnapshot> {
  const result = parseSnapshot(text);
  if (result.ok) return { snapshot: result.snapshot };
  return { exitCode: await finish(call, failure(`${source}: ${result.sentence}`)) };
}

/** A regular file that is not too long: a device or a pipe may have no end. */
export function readFile(
  file: string,
): { readonly ok: true; readonly text: string } | { readonly ok: false; readonly sentence: string } {
  try {
    const stat = statSync(file);
    if (!stat.isFile()) return { ok: false, sentence: `${file} is no regular file` };
    if (stat.size > snapshotCharsMax) {
      return { ok: false, sentence: `${file} has more than ${snapshotCharsMax} bytes` };
    }
    return { ok: true, text: readFileSync(file, 'utf8') };
  } catch (error) {
    return { ok: false, sentence: `${file}: ${error instanceof Error ? error.message : String(error)}` };
  }
}

export function failure(sentence: string): Outcome {
  return {
    kind: 'answered',
    line: { type: 'failed', sentence, next: 'run hactl version', exitCode: exitCodes.failed },
  };
}
