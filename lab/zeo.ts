import { existsSync, mkdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sleep } from './clock.ts';
import { type Finished, runCommand } from './command.ts';
import { pythonPath } from './namespaces.ts';

export type Zeo =
  | {
      readonly ok: true;
      /** A Python that has ZEO and ZODB. */
      readonly python: string;
      /** The server: `runzeo -C zeo.conf`. */
      readonly runzeo: string;
      /** As in the requirements: `6.2`. */
      readonly version: string;
    }
  | { readonly ok: false; readonly kind: 'no-venv' | 'not-installable' | 'busy'; readonly sentence: string };

const requirementsFile = fileURLToPath(new URL('zeo-requirements.txt', import.meta.url));
const cacheDir = fileURLToPath(new URL('../.cache', import.meta.url));
const venvTimeoutMs = 60_000;
const installTimeoutMs = 180_000;
/** An installation takes seconds; a lock older than this is that of one that was killed. */
const lockStaleMs = venvTimeoutMs + installTimeoutMs;

/**
 * ZEO and ZODB, installed from PyPI into `.cache/venv` at the first call, at the versions of `zeo-requirements.txt`.
 *
 * Where that is not possible the answer says why. It is done once; `dir` is another place for tests.
 */
export async function prepareZeo(dir: string = cacheDir): Promise<Zeo> {
  const venv = join(dir, 'venv');
  const requirements = readFileSync(requirementsFile, 'utf8');
  const marker = join(venv, 'installed');
  if (isInstalled(marker, requirements)) return found(venv, requirements);
  mkdirSync(dir, { recursive: true });
  const lock = join(dir, 'venv.lock');
  if (!(await takeLock(lock))) {
    return { ok: false, kind: 'busy', sentence: `Another process installs ZEO for longer than usual; remove ${lock}.` };
  }
  try {
    if (isInstalled(marker, requirements)) return found(venv, requirements);
    rmSync(venv, { recursive: true, force: true });
    const made = await runCommand([pythonPath(), '-m', 'venv', venv], { timeoutMs: venvTimeoutMs });
    if (made.code !== 0) {
      const sentence = `Python cannot make a virtual environment (package python3-venv): ${lastLine(made)}`;
      return { ok: false, kind: 'no-venv', sentence };
    }
    // One retry: without a network the answer should come soon.
    const pip = [join(venv, 'bin/pip'), 'install', '--quiet', '--no-input', '--retries', '1', '-r', requirementsFile];
    const installed = await runCommand(pip, { timeoutMs: installTimeoutMs });
    if (installed.code !== 0) {
      const sentence = `ZEO could not be installed from PyPI (is it reachable from here?): ${whyNot(installed)}`;
      return { ok: false, kind: 'not-installable', sentence };
    }
    writeFileSync(marker, requirements);
    return found(venv, requirements);
  } finally {
    rmdirSync(lock);
  }
}

function isInstalled(marker: string, requirements: string): boolean {
  return existsSync(marker) && readFileSync(marker, 'utf8') === requirements;
}

function found(venv: string, requirements: string): Zeo {
  const version = /^ZEO==(.*)$/m.exec(requirements)?.[1] ?? '';
  return { ok: true, python: join(venv, 'bin/python'), runzeo: join(venv, 'bin/runzeo'), version };
}

/** Test files run at the same time: one installs, the others wait for it. */
async function takeLock(lock: string): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < lockStaleMs; waitedMs += 200) {
    try {
      mkdirSync(lock);
      return true;
    } catch {
      const since = existsSync(lock) ? statSync(lock).mtimeMs : Date.now();
      if (Date.now() - since > lockStaleMs) rmSync(lock, { recursive: true, force: true });
      else await sleep(200);
    }
  }
  return false;
}

/** pip's last line says that there is no such version when the reason is that it did not get through. */
function whyNot(installed: Finished): string {
  const broken = /connection broken by '(.*)'/.exec(installed.stderr)?.[1];
  return broken ?? lastLine(installed);
}

function lastLine({ stderr, stdout, hasTimedOut }: Finished): string {
  if (hasTimedOut) return 'it took too long.';
  return `${stdout}\n${stderr}`.trim().split('\n').at(-1) ?? 'it said nothing.';
}
