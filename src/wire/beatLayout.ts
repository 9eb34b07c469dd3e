/**
 * The beat on the wire, versions 1 and 2. All integers are big-endian.
 *
 * Both forms begin with these 47 bytes:
 *
 *     offset size field
 *          0    2 magic "TB"
 *          2    1 version of this beat (1 or 2)
 *          3    1 highest version that the sender speaks
 *          4    1 form: 0 full, 1 short
 *          5    1 id of the key that signs
 *          6    1 bits 7–4 channel index, bit 3 sender (0: first of the two names in order, 1: second), bits 2–0 phase
 *          7    4 digest of the cluster's name
 *         11    2 hearsOn
 *         13    8 incarnation
 *         21    8 boot id
 *         29    5 sequence, from 1
 *         34    8 echo: incarnation
 *         42    5 echo: sequence, 0 when nothing was heard
 *
 * The full form goes on with
 *
 *         47    1 length of the header, counted from offset 0 (version 1: 49, version 2: 58)
 *         48    1 number of group records
 *         49    9 from version 2: the node, as described below
 *              n group records, 43 bytes each: a length byte (43), then the group
 *             32 HMAC-SHA-256 of everything before it
 *
 * The short form, for slow serial lines, has one size whatever it says, 96 bytes in version 1 and 105 in version 2:
 *
 *         47   33 one group without its length byte, cut as described below
 *         80    9 from version 2: the node, as described below
 *             16 the first half of the HMAC-SHA-256 of everything before it
 *
 * The node, from version 2:
 *
 *          0    4 self-fence bound in milliseconds: when its loop stalls, a watchdog has reset the machine after it; 0 none
 *          4    1 ping targets that answer it; 255: it asks none
 *          5    4 its time of day in seconds since 1970; 0: it does not know
 *
 * A group, counted from behind its length byte:
 *
 *          0    4 digest of its name; 0 in a short beat without a group
 *          4    4 config digest
 *          8    1 bits 7–4 role, bits 3–0 armed reason
 *          9    1 flags, see `groupFlag`; bits 3–2 wish
 *         10    1 nodes of the three epochs, two bits each: bits 1–0 epoch, 3–2 served, 5–4 copy;
 *                 0 nobody, 1 the first of the two names in order, 2 the second
 *         11    4 epoch: counter
 *         15    4 served epoch: counter
 *         19    4 copy epoch: counter
 *         23    4 lag in seconds
 *         27    6 MAC address of the service device
 *         33    4 latch: epoch counter
 *         37    1 latch: flags, see `latchFlag`
 *         38    4 latch: transactions
 *
 * In the short form a group with a latch has the latch at 23, in the place of lag and MAC address: a node that
 * holds the group has no lag that counts, and its latch lives for a few beats only.
 *
 * What later versions add goes behind the header's, a group's or the short form's known fields, where an older
 * one skips it. The digest of a name is the first four bytes of its SHA-256. A receiver skips groups whose
 * digest it does not know.
 */
export const beatLayout = {
  magic: 0x5442,
  offset: {
    magic: 0,
    version: 2,
    versionMax: 3,
    form: 4,
    keyId: 5,
    place: 6,
    cluster: 7,
    hearsOn: 11,
    incarnation: 13,
    bootId: 21,
    sequence: 29,
    echoIncarnation: 34,
    echoSequence: 42,
    headerBytes: 47,
    groupCount: 48,
    node: 49,
    shortGroup: 47,
    shortNode: 80,
  },
  /** Of version 1: the smallest. */
  headerBytes: 49,
  groupBytes: 43,
  nodeBytes: 9,
  fullMacBytes: 32,
  shortMacBytes: 16,
} as const;

export const nodeLayout = { selfFenceMs: 0, pingsAnswering: 4, wallSeconds: 5 } as const;
/** A sender with more targets says "so many or more". */
export const pingsAnsweringMax = 254;
export const noPings = 255;

export const groupLayout = {
  name: 0,
  digest: 4,
  roleAndArmed: 8,
  flags: 9,
  epochNodes: 10,
  epoch: 11,
  servedEpoch: 15,
  copyEpoch: 19,
  lag: 23,
  mac: 27,
  latch: 33,
  latchInShort: 23,
} as const;

export const groupFlag = {
  isVerifiedStopped: 1,
  isReleasedToPeer: 2,
  wishShift: 2,
  wishMask: 3,
  hasLag: 16,
  hasMac: 32,
  hasLatch: 64,
} as const;

export const latchFlag = { yields: 1, isLanHealthy: 2, isByOperator: 4 } as const;

/** One datagram or frame; below the smallest MTU in use, so that no beat is ever fragmented. */
export const beatBytesMax = 1400;
/** As many as fit: 58 + 30 × 43 + 32 = 1380 bytes. */
export const beatGroupsMax = 30;
/** Bits in hearsOn, and values of the channel index. */
export const beatChannelsMax = 16;
/** A beat each millisecond reaches it after 34 years. */
export const sequenceMax = 2 ** 40 - 1;
/** An owner a second reaches it after 136 years. */
export const epochCounterMax = 2 ** 32 - 1;
/** One that is further on than honest counting gets is not believed: there must be room above it for the next owner. */
export const epochCounterBelievedMax = 2 ** 31;

export function headerBytesOf(version: number): number {
  return version < 2 ? beatLayout.headerBytes : beatLayout.headerBytes + beatLayout.nodeBytes;
}

export function fullBeatBytes(version: number, groupCount: number): number {
  return headerBytesOf(version) + groupCount * beatLayout.groupBytes + beatLayout.fullMacBytes;
}

export function shortBeatBytes(version: number): number {
  return beatLayout.offset.shortNode + (version < 2 ? 0 : beatLayout.nodeBytes) + beatLayout.shortMacBytes;
}
