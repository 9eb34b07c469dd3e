import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { architecture, root } from './checkout.ts';

/** The licence of Twinbeat, and those of all that is inside of the package besides. */
export function copyright(packages: readonly string[]): string {
  const node = `node-linux-${architecture().node}`;
  const parts = [...new Set([...packages, '@serialport/bindings-cpp', node])].toSorted().map(licenceOf);
  return [
    'Twinbeat',
    '',
    readFileSync(join(root, 'LICENSE'), 'utf8').trim(),
    '',
    'The programs in /usr/lib/twinbeat contain, or come with, the following works of others.',
    ...parts,
    '',
  ].join('\n');
}

export function changelog(): string {
  return readFileSync(join(root, 'CHANGELOG.md'), 'utf8');
}

interface Manifest {
  readonly version: string;
  readonly license?: string;
  readonly homepage?: string;
}

/** @throws {Error} for a package that says nothing about its licence. */
function licenceOf(name: string): string {
  const folder = join(root, 'node_modules', name);
  const { version, license, homepage } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  const file = readdirSync(folder).find((entry) => /^licen[cs]e(\.|$)/i.test(entry));
  if (file === undefined && license === undefined) throw new Error(`the package ${name} names no licence`);
  const text = file === undefined ? `Licence: ${license}` : readFileSync(join(folder, file), 'utf8').trim();
  const place = homepage === undefined ? '' : `\n${homepage}`;
  return `\n${'-'.repeat(78)}\n${name} ${version}${place}\n\n${text.replaceAll('\r\n', '\n')}`;
}
