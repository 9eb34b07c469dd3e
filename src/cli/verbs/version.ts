import { exitCodes } from '../../control/controlProtocol.ts';
import { readVersion } from '../../control/version.ts';
import { type Call, finalLine } from '../daemon.ts';
import { readReport } from '../readReport.ts';
import { clean, jsonLine } from '../text/clean.ts';

/** `hactl version`: of this program and of the daemon that runs, which differ between an upgrade and a restart. */
export async function version(call: Call): Promise<number> {
  const { report, outcome } = await readReport(call);
  const daemon = report === undefined ? undefined : { version: report.version, node: report.node };
  const hactl = readVersion();
  if (call.isJson) await call.io.out(jsonLine({ hactl, daemon: daemon ?? null }));
  else {
    const other = daemon === undefined ? finalLine(outcome).sentence : `twinbeatd ${daemon.version} on ${daemon.node}`;
    await call.io.out(`hactl ${hactl}\n${clean(other)}`);
  }
  return exitCodes.ok;
}
