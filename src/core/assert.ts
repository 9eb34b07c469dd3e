/**
 * Stops the daemon when one of its own invariants is broken: services stay, systemd starts it again.
 * On in production; never used for anything that comes from outside.
 */
export function assert(condition: boolean, invariant: string): asserts condition {
  if (!condition) throw new Error(`broken invariant: ${invariant}`);
}
