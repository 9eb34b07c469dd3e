/**
 * What a node asks of the witness and what the witness answers, version 1, over UDP. All integers are big-endian.
 *
 * A request:
 *
 *     offset size field
 *          0    2 magic "TW"
 *          2    1 version of this request (1)
 *          3    1 highest version that the sender speaks
 *          4    1 id of the key that signs
 *          5    1 bits 1–0 wish (0 look, 1 renew, 2 release), bit 2 sender (0: first of the two names in order),
 *                 bit 3 the sender may run something of the group
 *          6    4 digest of the cluster's name and of the two names
 *         10    8 nonce, drawn for each request
 *         18    8 which start of the witness the sender means; zeros: it does not know
 *         26    6 sequence, from 1: grows with each request to that start
 *         32    4 length of the lease in milliseconds
 *         36    1 nodes of the two epochs, two bits each: bits 1–0 epoch, 3–2 served; 0 nobody, 1 first, 2 second
 *         37    4 epoch: counter
 *         41    4 served epoch: counter
 *         45    1 length of the header, counted from offset 0 (47)
 *         46    1 length of the group's name in bytes
 *         47    n the group's name in UTF-8
 *       47+n   32 HMAC-SHA-256 of everything before it
 *
 * An answer, 85 bytes, a few more than the shortest request:
 *
 *          0    2 magic "TA"
 *          2    1 version of this answer (1)
 *          3    1 highest version that the witness speaks
 *          4    1 id of the key that signs: that of the request
 *          5    1 verdict, see `witnessVerdicts`
 *          6    4 digest of the cluster, as in the request
 *         10    8 nonce of the request
 *         18    8 this start of the witness
 *         26    6 highest sequence that it has taken from the asker
 *         32    1 nodes, two bits each: bits 1–0 epoch, 3–2 served, 5–4 holder
 *         33    4 epoch: counter
 *         37    4 served epoch: counter
 *         41    4 milliseconds since the holder renewed
 *         45    4 milliseconds since the other node was heard; all ones: not since the start of the witness
 *         49    4 milliseconds for which the lease is not for the asker, if nobody renews it
 *         53   32 HMAC-SHA-256 of everything before it
 *
 * The witness believes a request only if it names this start of the witness and a sequence above all that it has
 * taken from that node: a request that was recorded is worth nothing. A node believes an answer only if its nonce is
 * that of a request that waits. What later versions add goes before the HMAC, where this version skips it.
 */
export const witnessLayout = {
  requestMagic: 0x5457,
  answerMagic: 0x5441,
  version: 1,
  macBytes: 32,
  nonceBytes: 8,
  startBytes: 8,
  request: {
    magic: 0,
    version: 2,
    versionMax: 3,
    keyId: 4,
    flags: 5,
    cluster: 6,
    nonce: 10,
    start: 18,
    sequence: 26,
    leaseMs: 32,
    nodes: 36,
    epoch: 37,
    served: 41,
    headerBytes: 45,
    nameBytes: 46,
    name: 47,
  },
  answer: {
    magic: 0,
    version: 2,
    versionMax: 3,
    keyId: 4,
    verdict: 5,
    cluster: 6,
    nonce: 10,
    start: 18,
    sequence: 26,
    nodes: 32,
    epoch: 33,
    served: 37,
    renewedAgo: 41,
    otherHeardAgo: 45,
    wait: 49,
    end: 53,
  },
} as const;

/** The longest request: a group's name has at most 255 bytes; what later versions add must fit as well. */
export const witnessBytesMax = 512;
/** 48 bits. */
export const witnessSequenceMax = 2 ** 48 - 1;
