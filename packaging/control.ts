import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Architecture, root } from './checkout.ts';
import { Tree, walk } from './tree.ts';

export interface ControlFacts {
  readonly version: string;
  readonly arch: Architecture;
}

const scripts = ['postinst', 'prerm', 'postrm'];

/** Writes the folder `DEBIAN`: what dpkg must know (deb-control(5)), and what it runs (Debian Policy 6). */
export function writeControl(folder: string, { version, arch }: ControlFacts): void {
  const installed = walk(folder).filter(({ isFile }) => isFile);
  const tree = new Tree(folder);
  const template = readFileSync(join(root, 'packaging/debian/control'), 'utf8');
  const control = template
    .replace('@version@', version)
    .replace('@architecture@', arch.debian)
    .replace('@size@', String(Math.ceil(installed.reduce((sum, { path }) => sum + sizeOf(folder, path), 0) / 1024)));
  const sums = installed.map(({ path }) => `${md5(join(folder, path))}  ${path}\n`);
  // Asked for before anything overwrites what people have changed.
  const conffiles = installed.flatMap(({ path }) => (path.startsWith('etc/') ? [`/${path}\n`] : []));
  tree.write('/DEBIAN/control', control);
  tree.write('/DEBIAN/md5sums', sums.join(''));
  tree.write('/DEBIAN/conffiles', conffiles.join(''));
  for (const name of scripts) {
    tree.write(`/DEBIAN/${name}`, readFileSync(join(root, 'packaging/debian', name)), 0o755);
  }
}

/** Disks keep blocks. */
function sizeOf(folder: string, path: string): number {
  return Math.ceil(statSync(join(folder, path)).size / 4096) * 4096;
}

function md5(file: string): string {
  return createHash('md5').update(readFileSync(file)).digest('hex');
}
