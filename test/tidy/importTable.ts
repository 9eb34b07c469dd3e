import { dirname, join } from 'node:path/posix';

import { importsOf, type Source } from './sources.ts';

/**
 * What each folder of src may know, besides itself: folders or files of src, Node's modules (`node:*` is all of them)
 * and packages. Reading downwards is reading outwards: nothing knows a folder that stands below it, except where said.
 */
export const importTable: Readonly<Record<string, readonly string[]>> = {
  core: [],
  wire: ['core', 'node:buffer', 'node:crypto'],
  zodb: ['core', 'node:buffer', 'node:crypto'],
  config: ['core', 'yaml', 'zod'],
  engine: ['core', 'wire'],
  control: ['core', 'node:*'],
  // What it decides, and what of that it writes down: the pretended witness is the real one, without its socket.
  sim: ['core', 'wire', 'config/pace.ts', 'engine', 'witness/desk.ts', 'witness/leases.ts', 'node:*'],
  adapters: [
    'core',
    'control',
    'engine/ports.ts',
    // Where a frame ends and how long it may be, not what is in it.
    'wire/slip.ts',
    'wire/beatLayout.ts',
    'node:*',
    'koffi',
    'pino',
    'serialport',
    'systeminformation',
  ],
  runner: ['core', 'config', 'control', 'node:*', 'execa', 'koffi', 'pino'],
  daemon: ['core', 'wire', 'config', 'engine', 'control', 'adapters', 'witness/main.ts', 'node:*', 'pino'],
  witness: ['core', 'wire', 'config', 'control', 'adapters', 'node:*'],
  web: ['core', 'config', 'control', 'node:*', 'fastify', 'pino', 'prom-client'],
  // The simulator is the daemon's core: what `hactl simulate` and `plan` think with.
  cli: ['core', 'config', 'control', 'sim', 'node:*', 'commander'],
  cluster: ['core', 'wire', 'config', 'engine', 'control', 'adapters', 'node:*'],
};

/** Folders whose parts must not know each other: a part is a file, or a folder with all that is in it. */
const strangers: readonly string[] = ['adapters'];

/** The imports of one file of src that the table does not allow, each with what to do. */
export function importProblems(file: Source): readonly string[] {
  const folder = folderOf(file.path);
  const row = importTable[folder];
  if (row === undefined) return [`${file.path}: src/${folder} has no row in test/tidy/importTable.ts; add one`];
  return importsOf(file.text).flatMap((specifier) => {
    const target = specifier.startsWith('.') ? join(dirname(file.path), specifier) : specifier;
    if (specifier.startsWith('.') && folderOf(target) === folder) return strangerProblem(file.path, target);
    if (row.some((entry) => allows(entry, target))) return [];
    const rule = row.length === 0 ? 'nothing outside itself' : `only ${row.join(', ')}`;
    const advice = 'move the code, or hand the thing in from a composition root (src/daemon, src/runner)';
    return [`${file.path}: imports '${specifier}', but src/${folder} may know ${rule}; ${advice}`];
  });
}

function allows(entry: string, target: string): boolean {
  if (entry === 'node:*') return target.startsWith('node:');
  if (target.startsWith('src/')) return target === `src/${entry}` || target.startsWith(`src/${entry}/`);
  return target === entry;
}

function strangerProblem(from: string, target: string): readonly string[] {
  if (!strangers.includes(folderOf(from)) || partOf(from) === partOf(target)) return [];
  return [`${from}: imports its neighbour ${target}; neighbours in src/${folderOf(from)} must not know each other`];
}

/** `src/core/step.ts` is in `core`; a path outside src is in no folder. */
function folderOf(path: string): string {
  const [top, folder] = path.split('/');
  return top === 'src' && folder !== undefined ? folder : '';
}

function partOf(path: string): string {
  return path.split('/')[2] ?? '';
}
