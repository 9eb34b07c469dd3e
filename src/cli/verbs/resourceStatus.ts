import { resourceNamed } from '../../config/resourceNamed.ts';
import { exitCodes, type GroupReport, type StatusReport } from '../../control/controlProtocol.ts';
import { type Call, finish } from '../daemon.ts';
import { readReport } from '../readReport.ts';
import { resourceText } from '../status/resourceText.ts';
import { jsonLine } from '../text/clean.ts';
import { paintFor } from '../text/paint.ts';

/**
 * `hactl resource status GROUP [RESOURCE]`: what the daemon knows, without a job of its own. Of one resource the exit
 * code says whether it runs here (0 or 3); of a group whether one has failed, is not known, or is on its way (3).
 */
export async function resourceStatus(call: Call, groupName: string, wanted: string | undefined): Promise<number> {
  const { report, outcome } = await readReport(call);
  if (report === undefined) return finish(call, outcome);
  const group = report.groups.find(({ name }) => name === groupName);
  if (group === undefined) {
    return refuse(call, `there is no group ${groupName}; there are ${namesOf(report.groups)}`);
  }
  const name =
    wanted === undefined
      ? undefined
      : resourceNamed(
          group.resources.map((one) => one.name),
          wanted,
        );
  if (wanted !== undefined && name === undefined) {
    return refuse(call, `${groupName} has no resource ${wanted}; it has ${namesOf(group.resources)}`);
  }
  const shown = group.resources.filter((resource) => name === undefined || resource.name === name);
  await print(call, report, { ...group, resources: shown });
  const isWell = shown.every(({ state }) => state === 'running' || (name === undefined && state === 'stopped'));
  return isWell ? exitCodes.ok : exitCodes.degraded;
}

async function print({ io, isJson }: Call, { node }: StatusReport, group: GroupReport): Promise<void> {
  const { name, role, because, resources } = group;
  if (isJson) await io.out(jsonLine({ node, group: name, role, because, resources }));
  else await io.out(resourceText(node, group, { width: io.width(), paint: paintFor(io.hasColours) }));
}

function refuse(call: Call, sentence: string): Promise<number> {
  const line = { type: 'refused', sentence, next: 'hactl status', exitCode: exitCodes.refused } as const;
  return finish(call, { kind: 'answered', line });
}

function namesOf(list: readonly { readonly name: string }[]): string {
  return list.length === 0 ? 'none' : list.map(({ name }) => name).join(', ');
}
