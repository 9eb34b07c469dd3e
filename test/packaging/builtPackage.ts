import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext } from 'node:test';
import { type BuiltPackage, buildPackage, type PackageOptions } from '../../packaging/buildPackage.ts';

/** True when a package can be made here. Otherwise the test is skipped, or fails where a skip would pass unseen. */
export function canBuild(t: TestContext): boolean {
  const missing = ['dpkg-deb', 'strip'].filter((program) => spawnSync(program, ['--version']).status !== 0);
  if (missing.length === 0) return true;
  const reason = `The package needs ${missing.join(' and ')}: run \`sudo lab/install.sh\`.`;
  if (process.env['CI'] !== undefined) throw new Error(reason);
  t.skip(reason);
  return false;
}

/** Of a package that nobody installs. */
export const version = '3.2.1';

let shared: Promise<BuiltPackage> | undefined;
const folders: string[] = [];
after(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** One package for all tests of a file that only look at it. */
export async function builtPackage(): Promise<BuiltPackage> {
  shared ??= build({ version });
  return await shared;
}

/** Makes a package of its own. Not compressed, because that takes half a minute. */
export async function build(options: PackageOptions = {}): Promise<BuiltPackage> {
  return await buildPackage({ compression: 'none', ...options, outDir: newFolder() });
}

/** Gone after the tests of the file. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'twinbeat package '));
  folders.push(folder);
  return folder;
}

export function deb(...words: readonly string[]): string {
  return execFileSync('dpkg-deb', words, { encoding: 'utf8', maxBuffer: 1 << 24, env: { ...process.env, TZ: 'UTC' } });
}
