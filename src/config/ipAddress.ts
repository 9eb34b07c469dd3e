export interface IpAddress {
  readonly family: 4 | 6;
  /** As the kernel prints it (IPv6 as in RFC 5952). */
  readonly text: string;
  /** All 32 or 128 bits. */
  readonly bits: bigint;
}

export const widthOf = { 4: 32, 6: 128 } as const;

export function parseIp(text: string): IpAddress | undefined {
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text);
}

export function parseIpv4(text: string): IpAddress | undefined {
  const parts = text.split('.');
  // A leading zero is octal to some programs and decimal to others.
  if (parts.length !== 4 || parts.some((part) => !/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255))
    return undefined;
  const bits = parts.reduce((all, part) => (all << 8n) | BigInt(part), 0n);
  return { family: 4, text, bits };
}

/** `24` of `24`, and of `255.255.255.0`. */
export function prefixLengthOf(text: string, family: 4 | 6): number | undefined {
  if (/^\d{1,3}$/.test(text)) {
    const length = Number(text);
    return length >= 1 && length <= widthOf[family] ? length : undefined;
  }
  const mask = family === 4 ? parseIpv4(text) : undefined;
  if (mask === undefined) return undefined;
  const digits = mask.bits.toString(2).padStart(32, '0');
  return /^1+0*$/.test(digits) ? digits.lastIndexOf('1') + 1 : undefined;
}

export function networkBits(address: IpAddress, prefixLength: number): bigint {
  const hostBits = BigInt(widthOf[address.family] - prefixLength);
  return (address.bits >> hostBits) << hostBits;
}

/** Addresses that no single machine can have: none, everybody's, a multicast group's. */
export function isUnicast(address: IpAddress): boolean {
  if (address.family === 6) return address.bits !== 0n && address.bits >> 120n !== 0xffn;
  return address.bits >> 24n !== 0n && address.bits >> 28n < 0xen;
}

export function isLinkLocal(address: IpAddress): boolean {
  return address.family === 6 && address.bits >> 118n === 0x3fan;
}

function parseIpv6(text: string): IpAddress | undefined {
  const [head = '', tail, ...more] = text.split('::');
  if (more.length > 0) return undefined;
  const front = groupsOf(head);
  const back = tail === undefined ? [] : groupsOf(tail);
  if (front === undefined || back === undefined) return undefined;
  const missing = 8 - front.length - back.length;
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const groups = [...front, ...Array.from({ length: missing }, () => 0), ...back];
  const bits = groups.reduce((all, group) => (all << 16n) | BigInt(group), 0n);
  return { family: 6, text: showIpv6(groups), bits };
}

function groupsOf(text: string): readonly number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16));
      continue;
    }
    const embedded = index === parts.length - 1 ? parseIpv4(part) : undefined;
    if (embedded === undefined) return undefined;
    groups.push(Number(embedded.bits >> 16n), Number(embedded.bits & 0xffffn));
  }
  return groups;
}

function showIpv6(groups: readonly number[]): string {
  const gap = longestZeros(groups);
  const show = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  if (gap === undefined) return show(groups);
  return `${show(groups.slice(0, gap.from))}::${show(groups.slice(gap.from + gap.length))}`;
}

function longestZeros(groups: readonly number[]): { readonly from: number; readonly length: number } | undefined {
  let longest: { readonly from: number; readonly length: number } | undefined;
  for (let from = 0; from < groups.length; from += 1) {
    const next = groups.findIndex((group, index) => index >= from && group !== 0);
    const length = (next === -1 ? groups.length : next) - from;
    if (length >= 2 && length > (longest?.length ?? 0)) longest = { from, length };
  }
  return longest;
}
