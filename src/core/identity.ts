/** A node's name: a host name of the pair, unique in the cluster. */
export type NodeName = string;

/** 16 lower-case hex digits, drawn at random by each start of the daemon. */
export type Incarnation = string;

/** 16 lower-case hex digits that identify one boot of a machine's kernel. */
export type BootId = string;

/** Six bytes in lower-case hex with colons, `02:00:5e:10:00:01`. */
export type MacAddress = string;

/**
 * One ownership of a group. Grows only when the owner changes, and is on disk
 * before the owner starts its first resource.
 *
 * `counter` counts owners; `node` makes the epochs of two nodes that claim at
 * the same moment different. Counter 0 means "nobody has ever owned it".
 */
export interface Epoch {
  readonly counter: number;
  readonly node: NodeName;
}

export const noEpoch: Epoch = { counter: 0, node: '' };

/** Below zero when `a` is the lower epoch, above when it is the higher, zero when they are one. */
export function compareEpochs(a: Epoch, b: Epoch): number {
  if (a.counter !== b.counter) return a.counter - b.counter;
  if (a.node === b.node) return 0;
  return a.node < b.node ? -1 : 1;
}

export function isHigher(a: Epoch, b: Epoch): boolean {
  return compareEpochs(a, b) > 0;
}

export function isSameEpoch(a: Epoch, b: Epoch): boolean {
  return compareEpochs(a, b) === 0;
}
