import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { LabMode } from './namespaces.ts';

export type Possible =
  | { readonly ok: true; readonly mode: LabMode }
  | { readonly ok: false; readonly kind: 'not-linux' | 'program-missing' | 'forbidden'; readonly sentence: string };

/** What the lab runs; all but `nft` are in every Debian with iproute2 and python3. `nft` is needed for one-way cuts only. */
const programs: readonly (readonly [program: string, debianPackage: string])[] = [
  ['unshare', 'util-linux'],
  ['nsenter', 'util-linux'],
  ['setpriv', 'util-linux'],
  ['ip', 'iproute2'],
  ['python3', 'python3'],
];

const trialTimeoutMs = 5000;

/**
 * Whether hosts can be pretended here, and by which privileges. Tries it: every other test was wrong somewhere.
 *
 * `wanted` asks for these privileges and no others.
 */
export function whatIsPossible(wanted?: LabMode): Possible {
  if (process.platform !== 'linux') {
    return { ok: false, kind: 'not-linux', sentence: 'The lab pretends hosts with Linux namespaces: run it on Linux.' };
  }
  for (const [program, debianPackage] of programs) {
    if (!isOnPath(program)) {
      return {
        ok: false,
        kind: 'program-missing',
        sentence: `The lab needs \`${program}\` (package ${debianPackage}): run \`sudo lab/install.sh\`.`,
      };
    }
  }
  const isRoot = process.getuid?.() === 0 && wanted !== 'user';
  const complaint = isRoot ? tryUnshare([]) : '';
  if (isRoot && complaint === undefined) return { ok: true, mode: 'root' };
  const userComplaint = wanted === 'root' ? 'this user is not root' : tryUnshare(['--user', '--map-root-user']);
  if (userComplaint === undefined) return { ok: true, mode: 'user' };
  return {
    ok: false,
    kind: 'forbidden',
    sentence: isRoot ? whyRootMayNot(complaint ?? '') : whyUserMayNot(userComplaint),
  };
}

function isOnPath(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore', timeout: trialTimeoutMs }).status === 0;
}

/** Undefined when it works, else what `unshare` complains of. */
function tryUnshare(user: readonly string[]): string | undefined {
  const words = [...user, '--net', '--mount', '--pid', '--uts', '--ipc', '--fork', '--mount-proc', 'true'];
  const { status, stderr } = spawnSync('unshare', words, { encoding: 'utf8', timeout: trialTimeoutMs });
  return status === 0 ? undefined : stderr.trim();
}

function whyRootMayNot(complaint: string): string {
  const hint = complaint.includes('propagation')
    ? 'In a chroot: bind-mount the tree onto itself first (`mount --bind TREE TREE`).'
    : 'In a container: run it with `--privileged`.';
  return `This root may not make namespaces. ${hint} (${complaint})`;
}

function whyUserMayNot(complaint: string): string {
  const asRoot = 'so the lab needs root: run it by `sudo -E`';
  if (setting('kernel/unprivileged_userns_clone') === '0') {
    return `kernel.unprivileged_userns_clone is 0, ${asRoot}, or \`sudo sysctl kernel.unprivileged_userns_clone=1\`.`;
  }
  if (setting('kernel/apparmor_restrict_unprivileged_userns') === '1') {
    return `AppArmor forbids user namespaces (kernel.apparmor_restrict_unprivileged_userns is 1), ${asRoot}.`;
  }
  if (setting('user/max_user_namespaces') === '0') return `user.max_user_namespaces is 0, ${asRoot}.`;
  return `The kernel forbids namespaces to this user, ${asRoot}. (${complaint})`;
}

function setting(name: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${name}`, 'utf8').trim();
  } catch {
    return undefined;
  }
}
