/** One address as `ip -oneline addr show` prints it. */
export interface HeldAddress {
  readonly device: string;
  readonly family: 4 | 6;
  readonly address: string;
  readonly bits: number;
}

export function readAddressLines(lines: readonly string[]): readonly HeldAddress[] {
  return lines.flatMap((line) => {
    const match = /^\d+: (\S+)\s+inet(6?) ([^\s/]+)(?: peer \S+?)?(?:\/(\d+))?\s/.exec(line);
    if (match === null) return [];
    const [, device = '', six, address = '', bits] = match;
    const family = six === '6' ? 6 : 4;
    return [{ device, family, address, bits: bits === undefined ? hostBits(family) : Number(bits) }];
  });
}

export interface Link {
  readonly device: string;
  readonly index: number;
  readonly isUp: boolean;
  readonly hasCarrier: boolean;
  /** `00:00:00:00:00:00` for a device without one. */
  readonly mac: string;
}

export interface LinkLine extends Link {
  /** Of a deleted device. */
  readonly isGone: boolean;
}

/** A line of `ip -oneline link show` or `ip -oneline monitor link`. */
export function readLinkLine(line: string): LinkLine | undefined {
  const match = /^(Deleted )?(\d+): ([^\s:@]+)(?:@\S+)?: <([^>]*)>(.*)$/.exec(line);
  if (match === null) return undefined;
  const [, deleted, index = '0', device = '', flags = '', rest = ''] = match;
  const words = flags.split(',');
  return {
    device,
    index: Number(index),
    isUp: words.includes('UP'),
    hasCarrier: deleted === undefined && words.includes('UP') && words.includes('LOWER_UP'),
    mac: /link\/\S+ ((?:[0-9a-f]{2}:){5}[0-9a-f]{2})\b/.exec(rest)?.[1] ?? '00:00:00:00:00:00',
    isGone: deleted !== undefined,
  };
}

/** The device of `ip -oneline route get`; undefined where the only way leads to this machine itself. */
export function readRouteDevice(lines: readonly string[]): string | undefined {
  const line = lines[0] ?? '';
  const device = / dev (\S+)/.exec(line)?.[1];
  return device === 'lo' || line.startsWith('local ') ? undefined : device;
}

export function hostBits(family: 4 | 6): number {
  return family === 4 ? 32 : 128;
}

/** Whether `address` lies in the subnet of `held`, which must be wider than one address. */
export function coversAddress(held: HeldAddress, address: string): boolean {
  const bytes = addressBytes(address);
  const network = addressBytes(held.address);
  if (bytes.length !== network.length || held.bits >= bytes.length * 8) return false;
  return bytes.every((byte, index) => {
    const kept = Math.min(8, Math.max(0, held.bits - index * 8));
    const mask = (0xff << (8 - kept)) & 0xff;
    return (byte & mask) === ((network[index] ?? 0) & mask);
  });
}

/** Four or sixteen bytes; none for what is no address. */
export function addressBytes(address: string): readonly number[] {
  if (address.includes(':')) return sixBytes(address);
  const bytes = address.split('.').map(Number);
  return bytes.length === 4 && bytes.every((byte) => Number.isInteger(byte) && byte >= 0 && byte <= 255) ? bytes : [];
}

function sixBytes(address: string): readonly number[] {
  const [head = '', tail] = address.split('::');
  const before = groupBytes(head);
  if (tail === undefined) return before.length === 16 ? before : [];
  const after = groupBytes(tail);
  const gap = 16 - before.length - after.length;
  return gap < 0 ? [] : [...before, ...Array.from({ length: gap }, () => 0), ...after];
}

function groupBytes(text: string): readonly number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return addressBytes(group);
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
}
