import { isIP, SocketAddress } from 'node:net';

/** A numeric IPv4 or IPv6 address and a port. */
export interface UdpAddress {
  readonly address: string;
  readonly port: number;
}

/** `192.168.80.2:694`, `[fd00::1]:694`. */
export function showAddress({ address, port }: UdpAddress): string {
  return isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`;
}

/** The one spelling of an address that the kernel uses, without the scope of a link-local one. */
export function canonicalAddress(address: string): string {
  const plain = withoutScope(address);
  return new SocketAddress({ address: plain, family: isIP(plain) === 6 ? 'ipv6' : 'ipv4' }).address;
}

/** `fe80::1` of `fe80::1%eth0`. */
export function withoutScope(address: string): string {
  const at = address.indexOf('%');
  return at === -1 ? address : address.slice(0, at);
}

/** Stands in for DNS, which must never be on the beat path: addresses are numeric already. */
export function lookupNumeric(
  address: string,
  family: unknown,
  onFound: (error: Error | null, address: string, family: number) => void,
): void {
  const version = typeof family === 'number' ? family : isIP(address);
  process.nextTick(onFound, null, address, version);
}
