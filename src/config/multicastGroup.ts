import { parseIp } from './ipAddress.ts';

/** Where a multicast channel meets. */
export interface MulticastGroup {
  readonly family: 4 | 6;
  /** Without a scope: the interface is it. */
  readonly address: string;
}

/** `239.192.6.94`, `ff02::694`; or what is wrong with it. */
export function parseMulticastGroup(text: string): MulticastGroup | string {
  const [host = '', scope] = text.split('%');
  const ip = parseIp(host);
  if (ip === undefined) return `"${text}" is no IP address; a group is one like 239.192.6.94 or ff02::694`;
  if (scope !== undefined) return `leave %${scope} out: interface says it, and the nodes may call it differently`;
  const group = { family: ip.family, address: ip.text };
  const isMulticast = ip.family === 4 ? ip.bits >> 28n === 0xen : ip.bits >> 120n === 0xffn;
  if (!isMulticast) return `${ip.text} is no multicast address; a group is one like 239.192.6.94 or ff02::694`;
  if (ip.family === 4) {
    return ip.bits >> 8n === reservedBlock
      ? `${ip.text} is one of 224.0.0.x, where the network's own protocols meet: take one from 239.0.0.0/8`
      : group;
  }
  // RFC 4291, 2.7: the scope is the second half of the second byte.
  if (((ip.bits >> 112n) & 0xfn) < linkScope) return `${ip.text} does not leave the machine: take one like ff02::694`;
  const member = ip.bits & ((1n << 112n) - 1n);
  return member === 1n || member === 2n ? `${ip.text} is everybody's: take one like ff02::694` : group;
}

/** 224.0.0.0/24, RFC 5771. */
const reservedBlock = 0xe0_00_00n;
const linkScope = 2n;
