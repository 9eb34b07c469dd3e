import { showAddress, type UdpAddress } from './udpAddress.ts';

/** What an error of a UDP socket means to the operator, and what he can do. */
export function udpProblem(code: string, local: UdpAddress, remote: UdpAddress): string {
  switch (code) {
    case 'EADDRNOTAVAIL':
      return `${local.address} is not an address of this machine now: bring its device up, or correct the channel`;
    case 'EADDRINUSE':
      return `${showAddress(local)} is taken: stop the other program, or the second twinbeatd, that uses it`;
    case 'EACCES':
      return `no right to use ${showAddress(local)}: ports below 1024 need CAP_NET_BIND_SERVICE, which the service unit gives`;
    case 'EPERM':
      return `a firewall of this machine forbids sending to ${showAddress(remote)}`;
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
      return `no way from ${local.address} to ${remote.address} (${code}): check the device and the route`;
    case 'ENETDOWN':
      return `the device of ${local.address} is down: bring it up`;
    case 'EINVAL':
    case 'ENODEV':
      return `${local.address}, or its device, is gone from this machine (${code})`;
    default:
      return `${showAddress(local)} to ${showAddress(remote)}: ${code}`;
  }
}

/**
 * Whether only a new socket can help. A socket survives that its address or device goes away and comes back,
 * but a link-local one is bound to the number of the device, and a device that comes back has another.
 */
export function needsNewSocket(code: string, local: UdpAddress): boolean {
  if (local.address.includes('%')) return code !== 'EPERM';
  return ['EADDRNOTAVAIL', 'EINVAL', 'ENODEV', 'ENXIO', 'EBADF', 'ENOTCONN', 'EDESTADDRREQ'].includes(code);
}
