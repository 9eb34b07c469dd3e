import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { until } from './clock.ts';
import type { Lab } from './lab.ts';
import { lanAddress } from './topology.ts';
import { authkeys, configDir } from './twinbeat.ts';

export const witnessName = 'twinbeat-witness';
const projectDir = fileURLToPath(new URL('..', import.meta.url));

/** What the pair's `twinbeat.yaml` says of it. */
export function witnessGuard(lease: string): string {
  return `guards: { witness: { address: ${lanAddress.witness}, lease: ${lease} } }`;
}

/** Boots the third machine, where it is off, and starts `twinbeatd --witness` on it, now and with each boot. */
export async function startWitness(lab: Lab): Promise<void> {
  const { witness } = lab;
  if (!witness.isOn) await lab.boot('witness');
  witness.writeFile(
    `${configDir}/witness.yaml`,
    'clusters:\n  lab: { nodes: [node1, node2], authkeys: lab.authkeys }\n',
  );
  witness.writeFile(`${configDir}/lab.authkeys`, authkeys, 0o600);
  const program = join(projectDir, 'bin/twinbeatd');
  const argv = [
    program,
    '--witness',
    '--config',
    `${configDir}/witness.yaml`,
    '--state-dir',
    '/var/lib/twinbeat-witness',
  ];
  const before = startsIn(lab);
  await witness.start({ name: witnessName, argv, atBoot: true });
  await until('the witness listens', 30_000, () => startsIn(lab) > before);
}

function startsIn({ witness }: Lab): number {
  return witness.readLog(witnessName).split('is the witness of').length;
}
