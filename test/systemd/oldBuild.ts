import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describeFailure, runCommand } from '../../lab/command.ts';
import { change, copyOfCheckout, type Edit } from '../lab/changedCheckout.ts';

/** What a package is made of. */
const copied: readonly string[] =
  'bin docs etc packaging resource.d scripts src systemd CHANGELOG.md LICENSE package.json'.split(' ');

/** The build before the second version of the beat, and of the state on disk. */
export const edits: readonly Edit[] = [
  { file: 'src/core/beat.ts', from: 'oldest: 1, newest: 2 }', to: 'oldest: 1, newest: 1 }' },
  {
    file: 'src/adapters/slotStore/encodeDurable.ts',
    from: 'export const stateVersion = 3;',
    to: 'export const stateVersion = 1;',
  },
  { file: 'src/adapters/slotStore/encodeDurable.ts', from: 'writtenBy: build, ', to: '' },
];

/** Makes the package of that build in `outDir`, and returns its path. */
export async function buildOldPackage(outDir: string, version: string): Promise<string> {
  const copy = copyOfCheckout(copied);
  try {
    const problem = change(copy, edits);
    assert.equal(problem, undefined);
    const words = [join(copy, 'packaging/main.ts'), '--out', outDir, '--version', version, '--compression', 'none'];
    const made = await runCommand([process.execPath, ...words], {
      timeoutMs: 120_000,
      // A copy has no history to ask.
      env: { ...process.env, SOURCE_DATE_EPOCH: '1700000000' },
    });
    assert.equal(made.code, 0, describeFailure(made));
    return made.stdout.trim();
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
