import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../../lab/command.ts';
import { whatIsPossible } from '../../lab/needs.ts';

const cache = join(import.meta.dirname, '..', '..', '.cache');
/** Another number makes a new tree, after a change of the packages. */
const tree = join(cache, 'debian-bookworm-1');
/** What a plain Debian has and the tests need; `python3-minimal` is for a service that is only pretended. */
const packages = ['systemd', 'systemd-sysv', 'iproute2', 'iputils-arping', 'libstdc++6', 'python3-minimal'];
/** A slow mirror; it takes less than a minute as a rule. */
const debootstrapMsMax = 10 * 60 * 1000;

/** Why no machine can be booted here, with what to do; undefined when it can be tried. */
export function whyNoMachines(): string | undefined {
  if (process.getuid?.() !== 0) return 'Booting a machine needs root: run it by `sudo -E`.';
  for (const program of ['systemd-nspawn', 'debootstrap', 'dpkg-deb', 'strip']) {
    if (spawnSync('sh', ['-c', `command -v ${program}`]).status !== 0) {
      return `Booting a machine needs \`${program}\`: run \`sudo lab/install.sh\`.`;
    }
  }
  const possible = whatIsPossible('root');
  return possible.ok ? undefined : possible.sentence;
}

/**
 * A small Debian 12 below the cache, made once by debootstrap and never written to again. TWINBEAT_DEBIAN_MIRROR names
 * another mirror than debootstrap's own.
 *
 * @throws {Error} with the end of debootstrap's words when it fails.
 */
export async function debianTree(): Promise<string> {
  if (existsSync(tree)) return tree;
  mkdirSync(cache, { recursive: true });
  const draft = mkdtempSync(join(cache, 'debian-draft-'));
  try {
    const mirror = process.env['TWINBEAT_DEBIAN_MIRROR'];
    const words = ['debootstrap', '--variant=minbase', `--include=${packages.join(',')}`, 'bookworm', draft];
    const made = await runCommand(['nice', '-n', '10', ...words, ...(mirror === undefined ? [] : [mirror])], {
      timeoutMs: debootstrapMsMax,
    });
    if (made.code !== 0) throw new Error(`debootstrap failed: ${`${made.stdout}${made.stderr}`.trim().slice(-2000)}`);
    for (const leftover of ['var/cache/apt/archives', 'var/lib/apt/lists', 'usr/share/doc', 'usr/share/locale']) {
      rmSync(join(draft, leftover), { recursive: true, force: true });
    }
    // An empty one is filled at boot.
    writeFileSync(join(draft, 'etc/machine-id'), '');
    renameSync(draft, tree);
  } catch (error) {
    rmSync(draft, { recursive: true, force: true });
    // Another run was faster.
    if (!existsSync(tree)) throw error;
  }
  return tree;
}
