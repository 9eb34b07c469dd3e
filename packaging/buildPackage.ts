import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { architecture, nodeProgram, root } from './checkout.ts';
import { writeControl } from './control.ts';
import { layOut } from './layOut.ts';
import { settle } from './tree.ts';

export interface PackageOptions {
  readonly outDir?: string | undefined;
  readonly version?: string | undefined;
  readonly compression?: string | undefined;
}

export interface BuiltPackage {
  readonly path: string;
  readonly version: string;
}

const compressions = ['xz', 'zstd', 'gzip', 'none'];

/** @throws {Error} with a sentence for people. */
export async function buildPackage(options: PackageOptions = {}): Promise<BuiltPackage> {
  const compression = options.compression ?? process.env['TWINBEAT_PACKAGE_COMPRESSION'] ?? 'xz';
  if (!compressions.includes(compression)) {
    throw new Error(`the compression ${compression} is not one of ${compressions.join(', ')}`);
  }
  const version = options.version ?? versionOfManifest();
  // Debian Policy 5.6.12, without an epoch and a revision.
  if (!/^\d[A-Za-z0-9.+~]*$/.test(version)) throw new Error(`${version} is no version of a Debian package`);
  const arch = architecture();
  needPrograms();
  const epoch = sourceDateEpoch();
  const outDir = resolve(options.outDir ?? join(root, 'dist'));
  mkdirSync(outDir, { recursive: true });
  const path = join(outDir, `twinbeat_${version}_${arch.debian}.deb`);

  const stage = mkdtempSync(join(tmpdir(), 'twinbeat-package-'));
  try {
    const tree = join(stage, 'tree');
    mkdirSync(tree);
    await layOut(tree, { version, arch, node: nodeProgram(arch) });
    writeControl(tree, { version, arch });
    settle(tree, epoch);
    execFileSync('dpkg-deb', ['--root-owner-group', `-Z${compression}`, '--build', tree, path], {
      stdio: ['ignore', 'ignore', 'inherit'],
      // One of several threads would do the same work in other blocks.
      env: { ...process.env, SOURCE_DATE_EPOCH: String(epoch), DPKG_DEB_THREADS_MAX: '2', LC_ALL: 'C' },
    });
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
  return { path, version };
}

function versionOfManifest(): string {
  const manifest: unknown = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return String((manifest as { readonly version?: unknown }).version);
}

function needPrograms(): void {
  for (const [program, debianPackage] of [
    ['dpkg-deb', 'dpkg'],
    ['strip', 'binutils'],
  ] as const) {
    if (spawnSync(program, ['--version'], { stdio: 'ignore' }).status !== 0) {
      throw new Error(`there is no ${program} here; it is in Debian's package ${debianPackage}`);
    }
  }
}

/** https://reproducible-builds.org/specs/source-date-epoch */
function sourceDateEpoch(): number {
  const given = process.env['SOURCE_DATE_EPOCH'];
  if (given !== undefined) {
    if (/^\d{1,12}$/.test(given)) return Number(given);
    throw new Error(`SOURCE_DATE_EPOCH is ${given}, which is no number of seconds`);
  }
  const asked = existsSync(join(root, '.git'))
    ? spawnSync('git', ['-C', root, 'log', '-1', '--format=%ct'], { encoding: 'utf8' }).stdout.trim()
    : '';
  if (/^\d+$/.test(asked)) return Number(asked);
  throw new Error(
    'this is no git checkout: say by SOURCE_DATE_EPOCH, in seconds since 1970, when the sources were made',
  );
}
