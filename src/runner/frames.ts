import { addressBytes } from './ipLines.ts';

/**
 * Ethernet frames that ask for an address or announce it: ARP (RFC 826, RFC 5227) and neighbour discovery
 * (RFC 4861). Pure bytes; `packets.ts` puts them on the wire.
 */

/** The two gratuitous forms: some caches are filled by requests only, others by replies only. */
export function gratuitousArps(address: string, mac: string): readonly Buffer[] {
  const own = macBytes(mac);
  const ip = Buffer.from(addressBytes(address));
  const sender = { mac: own, ip };
  return [arp(arpRequest, sender, { mac: noMac, ip }), arp(arpReply, sender, sender)];
}

/** A probe: sender address 0.0.0.0, so that no cache learns anything from the question. */
export function arpProbe(address: string, mac: string): Buffer {
  const sender = { mac: macBytes(mac), ip: Buffer.alloc(4) };
  return arp(arpRequest, sender, { mac: noMac, ip: Buffer.from(addressBytes(address)) });
}

/** Unsolicited, to all nodes, with the override flag: caches that know another MAC replace it. */
export function unsolicitedNa(address: string, mac: string): Buffer {
  const own = macBytes(mac);
  const ip = Buffer.from(addressBytes(address));
  const message = Buffer.concat([
    Buffer.from([naType, 0, 0, 0, overrideFlag, 0, 0, 0]),
    ip,
    Buffer.from([targetLinkOption, 1]),
    own,
  ]);
  return icmp6(own, Buffer.from('333300000001', 'hex'), ip, allNodes, message);
}

/** A solicitation as duplicate address detection sends it, from `::`: its answer goes to all nodes. */
export function neighbourProbe(address: string, mac: string): Buffer {
  const ip = Buffer.from(addressBytes(address));
  const solicited = Buffer.concat([Buffer.from('ff0200000000000000000001ff', 'hex'), ip.subarray(13)]);
  const to = Buffer.concat([Buffer.from('3333', 'hex'), solicited.subarray(12)]);
  const message = Buffer.concat([Buffer.from([nsType, 0, 0, 0, 0, 0, 0, 0]), ip]);
  return icmp6(macBytes(mac), to, Buffer.alloc(16), solicited, message);
}

/** The MAC that claims `address` in this frame; undefined when it does not speak of it. */
export function claimantOf(frame: Buffer, address: string): string | undefined {
  const ip = Buffer.from(addressBytes(address));
  if (frame.length < etherBytes) return undefined;
  return frame.readUInt16BE(12) === etherArp ? arpClaimant(frame, ip) : naClaimant(frame, ip);
}

export const etherArp = 0x0806;
export const etherIp6 = 0x86dd;

const etherBytes = 14;
const arpBytes = 28;
const ip6Bytes = 40;
const arpRequest = 1;
const arpReply = 2;
const icmp6Protocol = 58;
const nsType = 135;
const naType = 136;
const overrideFlag = 0x20;
const targetLinkOption = 2;
const noMac = Buffer.alloc(6);
const broadcastMac = Buffer.alloc(6, 0xff);
const allNodes = Buffer.from('ff020000000000000000000000000001', 'hex');

function macBytes(mac: string): Buffer {
  return Buffer.from(mac.replaceAll(':', ''), 'hex');
}

function macText(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

interface ArpEnd {
  readonly mac: Buffer;
  readonly ip: Buffer;
}

function arp(operation: number, sender: ArpEnd, target: ArpEnd): Buffer {
  const head = Buffer.from([0, 1, 8, 0, 6, 4, 0, operation]);
  const body = Buffer.concat([head, sender.mac, sender.ip, target.mac, target.ip]);
  return ethernet(broadcastMac, sender.mac, etherArp, body);
}

function arpClaimant(frame: Buffer, ip: Buffer): string | undefined {
  if (ip.length !== 4 || frame.length < etherBytes + arpBytes) return undefined;
  const senderIp = frame.subarray(etherBytes + 14, etherBytes + 18);
  return senderIp.equals(ip) ? macText(frame.subarray(etherBytes + 8, etherBytes + 14)) : undefined;
}

function naClaimant(frame: Buffer, ip: Buffer): string | undefined {
  const body = frame.subarray(etherBytes + ip6Bytes);
  if (ip.length !== 16 || frame.readUInt16BE(12) !== etherIp6 || body.length < 24) return undefined;
  if (frame[etherBytes + 6] !== icmp6Protocol || body[0] !== naType || !body.subarray(8, 24).equals(ip))
    return undefined;
  const hasOption = body[24] === targetLinkOption && body[25] === 1 && body.length >= 32;
  return macText(hasOption ? body.subarray(26, 32) : frame.subarray(6, 12));
}

function icmp6(from: Buffer, to: Buffer, fromIp: Buffer, toIp: Buffer, message: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(message.length);
  const pseudo = Buffer.concat([fromIp, toIp, length, Buffer.from([0, 0, 0, icmp6Protocol]), message]);
  message.writeUInt16BE(checksum(pseudo), 2);
  const head = Buffer.alloc(8);
  head[0] = 0x60;
  head.writeUInt16BE(message.length, 4);
  head[6] = icmp6Protocol;
  head[7] = 255; // Neighbour discovery is believed only with the highest hop limit.
  return ethernet(to, from, etherIp6, Buffer.concat([head, fromIp, toIp, message]));
}

function ethernet(to: Buffer, from: Buffer, type: number, body: Buffer): Buffer {
  return Buffer.concat([to, from, Buffer.from([type >> 8, type & 0xff]), body]);
}

/** The Internet checksum (RFC 1071). */
function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
