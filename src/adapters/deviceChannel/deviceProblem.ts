/** What the kernel refused: the socket, or a datagram. */
export interface Failure {
  readonly during: 'open' | 'send';
  readonly code: string;
  /** The step that failed, or more of the reason. */
  readonly detail: string;
}

/** What an error of a socket that is bound to a device means to the operator, and what he can do. */
export function deviceProblem(
  { during, code, detail }: Failure,
  { device, type, port }: { readonly device: string; readonly type: string; readonly port: number },
): string {
  switch (code) {
    case 'ENODEV':
    case 'ENXIO':
      return `there is no device ${device} now: plug it in, or correct the channel`;
    case 'ENETDOWN':
    case 'ENETUNREACH':
    case 'EHOSTUNREACH':
    case 'EADDRNOTAVAIL':
    case 'EINVAL':
      return `${device} is down or has no address yet (${code}): bring it up`;
    case 'EPERM':
      return during === 'open'
        ? `no right to bind to ${device}: before Linux 5.7 it takes CAP_NET_RAW`
        : `a firewall of this machine forbids sending on ${device}`;
    case 'EACCES':
      return `no right to use port ${port}: ports below 1024 need CAP_NET_BIND_SERVICE, which the service unit gives`;
    case 'EADDRINUSE':
      return `port ${port} is taken for ${type} on ${device}: stop the other program, or the second twinbeatd, that uses it`;
    case 'EMSGSIZE':
      return `beats do not fit into the MTU of ${device}: raise it, or have fewer groups`;
    case 'ENOBUFS':
      return `${device} may join no more multicast groups: raise net.ipv4.igmp_max_memberships`;
    case 'ENOLIBC':
      return `a ${type} channel must bind to its device, and the C library cannot be called here (${detail}): use udp`;
    default:
      return `${type} on ${device}: ${code}${detail === '' ? '' : ` (${detail})`}`;
  }
}
