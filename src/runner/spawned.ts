import type { ChildProcess } from 'node:child_process';

/**
 * What `begin` spawns; the sentence why nothing was spawned. Node tells a program that is missing by an event, and throws
 * where memory is missing. Without file descriptors it gives a child that has no pipes.
 */
export function spawned<Child extends ChildProcess>(begin: () => Child): Child | string {
  try {
    const child = begin();
    // Typed as always there.
    const { stdio }: { readonly stdio?: unknown } = child;
    if (stdio !== undefined) return child;
    child.on('error', () => undefined);
    return 'too many open files';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
