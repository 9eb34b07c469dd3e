import { chmodSync, lstatSync, lutimesSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { gzipSync } from 'node:zlib';

/** What the package will hold, below a folder. Paths begin with `/`, as on the machine that installs it. */
export class Tree {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** Where a path of the package is while it is made; its folder exists. */
  place(path: string): string {
    const place = join(this.#root, path);
    this.folder(dirname(path));
    return place;
  }

  folder(path: string): void {
    mkdirSync(join(this.#root, path), { recursive: true });
  }

  write(path: string, content: string | Uint8Array, mode: 0o644 | 0o755 = 0o644): void {
    writeFileSync(this.place(path), content, { mode });
  }

  /** Compressed without a name and a time. */
  writeGzip(path: string, content: string): void {
    this.write(`${path}.gz`, gzipSync(content, { level: 9 }));
  }

  /** `path` leads to `target`, both of the package. */
  link(path: string, target: string): void {
    symlinkSync(relative(dirname(path), target), this.place(path));
  }
}

/** Everything below `folder`, folders included, in an order that does not depend on the disk. */
export function walk(folder: string, below = ''): readonly { readonly path: string; readonly isFile: boolean }[] {
  return readdirSync(join(folder, below))
    .toSorted()
    .flatMap((name) => {
      const path = below === '' ? name : `${below}/${name}`;
      const stats = lstatSync(join(folder, path));
      const rest = stats.isDirectory() ? walk(folder, path) : [];
      return [{ path, isFile: stats.isFile() }, ...rest];
    });
}

/**
 * One time for all, and modes that do not depend on the mask of whoever makes the package. Folders come last, because
 * writing into them changes their time.
 */
export function settle(folder: string, epoch: number): void {
  for (const path of [...walk(folder).map((entry) => entry.path), ''].toReversed()) {
    const place = join(folder, path);
    const stats = lstatSync(place);
    if (!stats.isSymbolicLink()) chmodSync(place, stats.isDirectory() || (stats.mode & 0o100) !== 0 ? 0o755 : 0o644);
    lutimesSync(place, epoch, epoch);
  }
}
