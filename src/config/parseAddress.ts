import { type IpAddress, isUnicast, networkBits, parseIp, parseIpv4, prefixLengthOf, widthOf } from './ipAddress.ts';
import type { AddressMeans } from './means.ts';
import type { WordProblem } from './parseResource.ts';

/**
 * An address as the classic shorthand writes it:
 *
 *     ADDRESS [ "/" bits-or-mask [ "/" device[":"label] [ "/" broadcast ] | "/" broadcast ] ]
 *
 * `offset` is where `text` begins in its word, for the places of problems.
 */
export function parseAddress(text: string, offset: number): AddressMeans | WordProblem {
  const [host = '', ...parts] = text.split('/');
  const ip = parseIp(host);
  if (ip === undefined) return { at: offset, message: `${JSON.stringify(host)} is no IP address`, next: example };
  if (!isUnicast(ip)) return { at: offset, message: `${ip.text} is not the address of one machine` };
  let at = offset + host.length + 1;
  const rest: Part[] = parts.map((part) => {
    const placed = { text: part, at };
    at += part.length + 1;
    return placed;
  });
  const [mask, second, third, ...more] = rest;
  const extra = more[0];
  if (extra !== undefined)
    return { at: extra.at, message: 'an address has at most three parts behind it', next: example };
  const bits = mask === undefined ? undefined : bitsOf(mask, ip);
  if (typeof bits === 'object') return bits;
  return withDevice(ip, bits, second, third);
}

const example = 'for example 192.168.1.50/24/eth0, 192.168.1.50/24/eth0:0/192.168.1.255 or fd00::50/64/eth0';

interface Part {
  readonly text: string;
  readonly at: number;
}

function bitsOf(mask: Part, ip: IpAddress): number | WordProblem {
  const bits = prefixLengthOf(mask.text, ip.family);
  if (bits === undefined) {
    const what = ip.family === 4 ? 'a number from 1 to 32 or a mask like 255.255.255.0' : 'a number from 1 to 128';
    return { at: mask.at, message: `${JSON.stringify(mask.text)} is no length of a subnet: write ${what}` };
  }
  if (ip.family === 4 && bits <= 30 && isEdge(ip, bits)) {
    return {
      at: mask.at,
      message: `${ip.text} is the first or the last address of its /${bits}: no machine can have it`,
    };
  }
  return bits;
}

function isEdge(ip: IpAddress, bits: number): boolean {
  const hostBits = BigInt(widthOf[ip.family] - bits);
  const host = ip.bits - networkBits(ip, bits);
  return host === 0n || host === (1n << hostBits) - 1n;
}

function withDevice(
  ip: IpAddress,
  bits: number | undefined,
  second: Part | undefined,
  third: Part | undefined,
): AddressMeans | WordProblem {
  const isBroadcastSecond = second !== undefined && parseIpv4(second.text) !== undefined;
  const broadcast = isBroadcastSecond ? second : third;
  const device = isBroadcastSecond ? undefined : second;
  if (isBroadcastSecond && third !== undefined)
    return { at: third.at, message: 'the device stands before the broadcast address' };
  if (broadcast !== undefined && (ip.family === 6 || parseIpv4(broadcast.text) === undefined)) {
    const message =
      ip.family === 6 ? 'IPv6 has no broadcast address' : `${JSON.stringify(broadcast.text)} is no broadcast address`;
    return { at: broadcast.at, message };
  }
  const names = device === undefined ? undefined : deviceOf(device, ip);
  if (names !== undefined && 'message' in names) return names;
  return {
    kind: 'address',
    address: ip.text,
    family: ip.family,
    bits,
    device: names?.device,
    label: names?.label,
    broadcast: broadcast?.text,
  };
}

function deviceOf(
  part: Part,
  ip: IpAddress,
): { readonly device: string; readonly label: string | undefined } | WordProblem {
  const [device = '', label, ...more] = part.text.split(':');
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/.test(device)) {
    return {
      at: part.at,
      message: `${JSON.stringify(device)} is no name of a device: at most 15 letters, digits, ".", "_", "-"`,
    };
  }
  if (label === undefined) return { device, label: undefined };
  const at = part.at + device.length + 1;
  if (ip.family === 6) return { at, message: 'IPv6 addresses have no labels' };
  if (more.length > 0 || !/^[A-Za-z0-9._-]{1,13}$/.test(label))
    return { at, message: `${JSON.stringify(label)} is no label` };
  if (part.text.length > 15) return { at, message: `the kernel keeps at most 15 characters of ${part.text}` };
  return { device, label: part.text };
}
