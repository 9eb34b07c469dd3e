/**
 * What the lab is made of: who is in it, how they are cabled, and their addresses.
 *
 * These addresses exist only inside of the lab's network namespaces.
 */

export const nodeNames = ['node1', 'node2'] as const;
export type NodeName = (typeof nodeNames)[number];

/** The witness is off until somebody boots it: most tests need no third machine. */
export const hostNames = ['node1', 'node2', 'client', 'witness'] as const;
export type HostName = (typeof hostNames)[number];

export const linkNames = ['lan', 'cross', 'serial'] as const;
export type LinkName = (typeof linkNames)[number];

/** Interfaces of a host: `eth0` is the LAN, `eth1` the cross cable. The client has only the first. */
export const lanDevice = 'eth0';
export const crossDevice = 'eth1';
/** The serial port of both nodes, as `serialport` opens it. */
export const serialDevice = '/dev/ttyTB0';

export const lanAddress: Readonly<Record<HostName, string>> = {
  node1: '192.168.1.10',
  node2: '192.168.1.11',
  client: '192.168.1.100',
  witness: '192.168.1.9',
};
export const lanAddress6: Readonly<Record<HostName, string>> = {
  node1: 'fd00:1::10',
  node2: 'fd00:1::11',
  client: 'fd00:1::100',
  witness: 'fd00:1::9',
};
export const crossAddress: Readonly<Record<NodeName, string>> = { node1: '192.168.80.2', node2: '192.168.80.1' };
export const crossAddress6: Readonly<Record<NodeName, string>> = { node1: 'fd00:80::2', node2: 'fd00:80::1' };

/** The addresses that move. Nobody holds them when the lab comes up. */
export const floatingAddress = '192.168.1.50';
export const floatingAddress6 = 'fd00:1::50';

/** Fixed, so that a test can name them. The last byte is the host's, the one before it the link's. */
export const lanMac: Readonly<Record<HostName, string>> = {
  node1: '02:7b:00:00:01:10',
  node2: '02:7b:00:00:01:11',
  client: '02:7b:00:00:01:64',
  witness: '02:7b:00:00:01:09',
};
export const crossMac: Readonly<Record<NodeName, string>> = { node1: '02:7b:00:00:50:02', node2: '02:7b:00:00:50:01' };

export function isNodeName(name: string): name is NodeName {
  return (nodeNames as readonly string[]).includes(name);
}

export function otherNode(name: NodeName): NodeName {
  return name === 'node1' ? 'node2' : 'node1';
}
