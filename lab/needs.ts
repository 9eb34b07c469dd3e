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

/** Whether hosts can be pretended here, and by which privileges. Tries it: every other test was wrong somewhere. */
export function whatIsPossible(): Possible {
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
  if (process.getuid?.() === 0 && canUnshare([])) return { ok: true, mode: 'root' };
  if (canUnshare(['--user', '--map-root-user'])) return { ok: true, mode: 'user' };
  return { ok: false, kind: 'forbidden', sentence: whyForbidden() };
}

function isOnPath(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore', timeout: trialTimeoutMs }).status === 0;
}

function canUnshare(user: readonly string[]): boolean {
  const words = [...user, '--net', '--mount', '--pid', '--uts', '--ipc', '--fork', '--mount-proc', 'true'];
  return spawnSync('unshare', words, { stdio: 'ignore', timeout: trialTimeoutMs }).status === 0;
}

function whyForbidden(): string {
  const asRoot = 'run it as root (`sudo -E`), or in a container with `--privileged`';
  if (process.getuid?.() === 0) {
    return 'This root may not make namespaces (a container without CAP_SYS_ADMIN?): run it in a container with `--privileged`.';
  }
  if (setting('kernel/unprivileged_userns_clone') === '0') {
    return `kernel.unprivileged_userns_clone is 0, so the lab needs root: ${asRoot}, or \`sudo sysctl kernel.unprivileged_userns_clone=1\`.`;
  }
  if (setting('kernel/apparmor_restrict_unprivileged_userns') === '1') {
    return `AppArmor forbids user namespaces (kernel.apparmor_restrict_unprivileged_userns is 1), so the lab needs root: ${asRoot}.`;
  }
  if (setting('user/max_user_namespaces') === '0') {
    return `user.max_user_namespaces is 0, so the lab needs root: ${asRoot}.`;
  }
  return `The kernel forbids namespaces to this user, so the lab needs root: ${asRoot}.`;
}

function setting(name: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${name}`, 'utf8').trim();
  } catch {
    return undefined;
  }
}
