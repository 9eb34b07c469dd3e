import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Which privileges the lab stands on: those of root, or of root in a user namespace of its own. */
export type LabMode = 'root' | 'user';

export type NamespaceKind = 'mount' | 'net' | 'pid' | 'uts' | 'ipc';

const enterFlags: Readonly<Record<NamespaceKind, string>> = {
  mount: '-m',
  net: '-n',
  pid: '-p',
  uts: '-u',
  ipc: '-i',
};

const allKinds: readonly NamespaceKind[] = ['mount', 'net', 'pid', 'uts', 'ipc'];

/** The words before a command that run it in the namespaces of process `pid`. */
export function enterArgv(mode: LabMode, pid: number, kinds: readonly NamespaceKind[] = allKinds): readonly string[] {
  // In a user namespace there are no other groups to drop, and the kernel refuses to.
  const user = mode === 'user' ? ['-U', '--preserve-credentials'] : [];
  // The target's root too: in a chroot it is not the root of its mount namespace.
  const root = kinds.includes('mount') ? ['-r'] : [];
  return ['nsenter', '-t', String(pid), ...user, ...root, ...kinds.map((kind) => enterFlags[kind]), '--'];
}

/** The words before a command that run it in new namespaces of its own, and kill it when `unshare` is killed. */
export function unshareArgv(mode: LabMode | 'nested'): readonly string[] {
  const user = mode === 'user' ? ['--user', '--map-root-user'] : [];
  return ['unshare', ...user, '--net', '--mount', '--pid', '--uts', '--ipc', '--fork', '--kill-child=SIGKILL', '--'];
}

/** The command line of one of the lab's own small programs. */
export function programArgv(name: string, ...args: readonly string[]): readonly string[] {
  // -S -E -s: neither site packages nor the caller's environment; it also starts in half the time.
  // -B: no files in the checkout.
  return [pythonPath(), '-S', '-E', '-s', '-B', fileURLToPath(new URL(`inside/${name}`, import.meta.url)), ...args];
}

/** The system's Python first: version managers put a slow shell script in front of theirs. */
export function pythonPath(): string {
  return existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';
}

/**
 * The process at the end of a chain such as `nsenter … unshare … init`, which is the only child of its parent each time.
 *
 * @throws {Error} when the chain is shorter than `steps`.
 */
export function descendant(pid: number, steps: number): number {
  let current = pid;
  for (let step = 0; step < steps; step += 1) {
    const [child] = childrenOf(current);
    if (child === undefined) throw new Error(`process ${current} has no child`);
    current = child;
  }
  return current;
}

/** The numbers of process `pid` in its PID namespaces, from the one that this process sees to the innermost. */
export function pidsInNamespaces(pid: number): readonly number[] {
  const line = /^NSpid:\s*(.*)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '';
  return line.split(/\s+/).map(Number);
}

function childrenOf(pid: number): readonly number[] {
  try {
    return numbers(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8'));
  } catch {
    // Kernels without CONFIG_PROC_CHILDREN.
    return numbers(readdirSync('/proc').join(' ')).filter((candidate) => parentOf(candidate) === pid);
  }
}

function numbers(text: string): readonly number[] {
  return text
    .split(/\s+/)
    .filter((word) => /^\d+$/.test(word))
    .map(Number);
}

function parentOf(pid: number): number | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined; // It has ended meanwhile.
  }
}
