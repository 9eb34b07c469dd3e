import { addressFamily, loadNetwork, type Network } from './network.ts';

export type Route =
  /** `isLocal`: the address is this machine's own. */
  | { readonly kind: 'found'; readonly device: string; readonly isLocal: boolean }
  | { readonly kind: 'none' }
  /** The kernel could not be asked. */
  | { readonly kind: 'unknown'; readonly reason: string };

export interface RouteQuestion {
  readonly family: 4 | 6;
  /** Numeric, without a scope. */
  readonly to: string;
  readonly from: string;
}

/**
 * By which device a packet leaves, as `ip route get TO from FROM` says it: rules and all tables count. Asks the kernel
 * by rtnetlink(7), which answers within the call, in about 50 µs.
 */
export async function askRoute(question: RouteQuestion): Promise<Route> {
  const loaded = await loadNetwork();
  if (!loaded.ok) return { kind: 'unknown', reason: loaded.reason };
  const { network } = loaded;
  const to = network.addressBytes(question.family, question.to);
  const from = network.addressBytes(question.family, question.from);
  if (to === undefined || from === undefined) return { kind: 'unknown', reason: 'no numeric address' };
  const socket = network.socket(afNetlink, sockRaw | sockNonblock | sockCloexec, 0);
  if (socket.value < 0) return { kind: 'unknown', reason: `error ${socket.errno} of socket` };
  try {
    const sent = network.send(socket.value, requestOf(question.family, to, from));
    const reply = Buffer.alloc(replyBytesMax);
    const got = sent.value < 0 ? sent : network.receive(socket.value, reply);
    return got.value < 0
      ? { kind: 'unknown', reason: `error ${got.errno} of netlink` }
      : routeOf(network, reply.subarray(0, got.value));
  } finally {
    network.close(socket.value);
  }
}

const afNetlink = 16;
const sockRaw = 3;
const sockNonblock = 0o4000;
const sockCloexec = 0o2000000;
/** One route with all of its attributes. */
const replyBytesMax = 4096;
const nlmsgError = 2;
const rtmNewRoute = 24;
const rtmGetRoute = 26;
const nlmFRequest = 1;
/** struct nlmsghdr, struct rtmsg. */
const headerBytes = 16;
const routeBytes = 12;
const attributeOffset = headerBytes + routeBytes;
const routeTypeOffset = headerBytes + 7;
const rtnLocal = 2;
const rtaDst = 1;
const rtaSrc = 2;
const rtaOif = 4;

function requestOf(family: 4 | 6, to: Uint8Array, from: Uint8Array): Buffer {
  const head = Buffer.alloc(attributeOffset);
  const all = Buffer.concat([head, attribute(rtaDst, to), attribute(rtaSrc, from)]);
  all.writeUInt32LE(all.length, 0);
  all.writeUInt16LE(rtmGetRoute, 4);
  all.writeUInt16LE(nlmFRequest, 6);
  all.writeUInt8(addressFamily[family], headerBytes);
  all.writeUInt8(to.length * 8, headerBytes + 1);
  all.writeUInt8(from.length * 8, headerBytes + 2);
  return all;
}

/** Addresses are four or sixteen bytes: nothing has to be padded. */
function attribute(type: number, value: Uint8Array): Buffer {
  const bytes = Buffer.alloc(4 + value.length);
  bytes.writeUInt16LE(bytes.length, 0);
  bytes.writeUInt16LE(type, 2);
  bytes.set(value, 4);
  return bytes;
}

function routeOf(network: Network, reply: Buffer): Route {
  if (reply.length < headerBytes + 4) return { kind: 'unknown', reason: 'a short answer of netlink' };
  const type = reply.readUInt16LE(4);
  if (type === nlmsgError) return { kind: 'none' };
  if (type !== rtmNewRoute || reply.length < attributeOffset) {
    return { kind: 'unknown', reason: 'an unexpected answer of netlink' };
  }
  const index = attributeOf(reply, rtaOif);
  const device = index === undefined ? undefined : network.deviceName(index);
  if (device === undefined) return { kind: 'none' };
  return { kind: 'found', device, isLocal: reply.readUInt8(routeTypeOffset) === rtnLocal };
}

/** The first four bytes of an attribute. */
function attributeOf(reply: Buffer, wanted: number): number | undefined {
  for (let at = attributeOffset; at + 8 <= reply.length; ) {
    const length = reply.readUInt16LE(at);
    if (length < 4) return undefined;
    if (reply.readUInt16LE(at + 2) === wanted) return reply.readUInt32LE(at + 4);
    at += (length + 3) & ~3;
  }
  return undefined;
}
