import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** The checkout that the package is made of. */
export const root = join(import.meta.dirname, '..');

export interface Architecture {
  /** As Node and npm call it. */
  readonly node: 'x64' | 'arm64';
  /** As Debian calls it. */
  readonly debian: 'amd64' | 'arm64';
}

/** Of this machine: npm installs the parts for no other one. */
export function architecture(): Architecture {
  if (process.platform === 'linux' && process.arch === 'x64') return { node: 'x64', debian: 'amd64' };
  if (process.platform === 'linux' && process.arch === 'arm64') return { node: 'arm64', debian: 'arm64' };
  throw new Error(`there is no package for ${process.platform} on ${process.arch}, only for linux on x64 and arm64`);
}

/** The Node that npm ci brought. */
export function nodeProgram(arch: Architecture): string {
  return nodeModule(`node-linux-${arch.node}/bin/node`);
}

/** @throws {Error} when npm ci has not brought it. */
export function nodeModule(path: string): string {
  const file = join(root, 'node_modules', path);
  if (!existsSync(file)) throw new Error(`there is no node_modules/${path}: run npm ci`);
  return file;
}
