import { loadConfig } from '../../config/loadConfig.ts';
import { exitCodes } from '../../control/controlProtocol.ts';
import { readConfigFiles } from '../check/configFiles.ts';
import { compareGroups, peerOf } from '../check/peer.ts';
import { type Call, ended, finish } from '../daemon.ts';
import { readReport } from '../readReport.ts';
import { clean, jsonLine } from '../text/clean.ts';

/** `hactl config diff`: each group in the files, in the daemon here and on the peer; ends with 1 where they differ. */
export async function configDiff(call: Call): Promise<number> {
  const { io } = call;
  const read = readConfigFiles(call.configFile);
  const loaded = read.files === undefined ? undefined : loadConfig(read.files);
  if (read.problems.length > 0 || loaded?.ok !== true) {
    const sentence = `${call.configFile} has problems`;
    return ended(call, 'failed', sentence, 'hactl check', exitCodes.configInvalid);
  }
  const { report, outcome } = await readReport(call);
  if (report === undefined) return finish(call, outcome);
  const rows = compareGroups(loaded.config, report);
  const differs = rows.filter(({ files, here, peer }) => files !== here || (peer !== undefined && peer !== here));
  if (call.isJson) {
    await io.out(jsonLine({ groups: rows, same: differs.length === 0 }));
    return differs.length === 0 ? exitCodes.ok : exitCodes.failed;
  }
  const [name] = peerOf(report);
  const width = Math.max(5, ...rows.map(({ group }) => group.length));
  const line = (words: readonly string[]): string =>
    words
      .map((word) => word.padEnd(10))
      .join('')
      .trimEnd();
  await io.out(clean(`${'group'.padEnd(width)}  ${line(['files', 'here', name])}`));
  for (const { group, files, here, peer } of rows) {
    const mark = differs.some((row) => row.group === group) ? 'differs' : 'same';
    await io.out(clean(`${group.padEnd(width)}  ${line([files ?? '-', here ?? '-', peer ?? 'unknown', mark])}`));
  }
  return differs.length === 0 ? exitCodes.ok : exitCodes.failed;
}
