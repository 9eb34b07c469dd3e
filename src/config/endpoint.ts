import { isLinkLocal, isUnicast, parseIp } from './ipAddress.ts';

/** One end of a UDP channel. */
export interface Endpoint {
  readonly family: 4 | 6;
  /** With its scope where it is link-local, `fe80::1%eth0`. */
  readonly address: string;
  /** Undefined: the channel's. */
  readonly port: number | undefined;
}

/** `192.168.80.2`, `192.168.80.2:6940`, `fd00::1`, `[fd00::1]:6940`, `fe80::1%eth0`; or what is wrong with it. */
export function parseEndpoint(text: string): Endpoint | string {
  const [, bracketed, bracketPort] = /^\[([^\]]*)\](?::(\d+))?$/.exec(text) ?? [];
  const [, beforePort, afterColon] = /^([^:]*):(\d+)$/.exec(text) ?? [];
  const written = bracketed ?? beforePort ?? text;
  const port = bracketPort ?? afterColon;
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535)) return `port ${port} is not one of 1 to 65535`;
  const [host = '', scope, ...more] = written.split('%');
  const ip = parseIp(host);
  if (ip === undefined || more.length > 0) {
    const isName = /^[A-Za-z][A-Za-z0-9.-]*$/.test(text);
    const why = isName ? ': names are not looked up, because DNS may be what has failed' : '';
    return `"${text}" is no IP address${why}`;
  }
  if (!isUnicast(ip)) return `${ip.text} is not the address of one machine`;
  if (scope !== undefined && !/^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/.test(scope))
    return `"${scope}" is no name of a device`;
  if (isLinkLocal(ip) !== (scope !== undefined)) {
    return isLinkLocal(ip)
      ? `${ip.text} is link-local: add the device, for example ${ip.text}%eth0`
      : `${ip.text} is not link-local: leave %${scope} out`;
  }
  const address = scope === undefined ? ip.text : `${ip.text}%${scope}`;
  return { family: ip.family, address, port: port === undefined ? undefined : Number(port) };
}
