import { mkdir } from 'node:fs/promises';

/** The sentence why not, or undefined. One level only: Node's recursive mkdir never returns below /proc. */
export async function makeDirectory(directory: string): Promise<string | undefined> {
  try {
    await mkdir(directory, { mode: 0o755 });
    return undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return undefined;
    return `cannot make the directory ${directory}: ${error instanceof Error ? error.message : String(error)}`;
  }
}
