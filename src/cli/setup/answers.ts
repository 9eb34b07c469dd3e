/** What `hactl init` has to know, from questions or from the command line. Nothing of it is checked yet. */
export interface Answers {
  readonly cluster: string;
  readonly nodes: readonly [string, string];
  readonly channels: readonly ChannelAnswer[];
  /** `192.168.1.50/24/eth0`; undefined: no group yet. */
  readonly address: string | undefined;
  /** The words behind the address. */
  readonly resources: readonly string[];
}

/** Two words: one for each node, in their order; one word: the same on both. */
export type ForNodes = readonly [string] | readonly [string, string];

export type ChannelAnswer =
  | { readonly type: 'udp'; readonly name: string | undefined; readonly addresses: readonly [string, string] }
  | { readonly type: 'broadcast'; readonly name: string | undefined; readonly interfaces: ForNodes }
  | {
      readonly type: 'multicast';
      readonly name: string | undefined;
      readonly interfaces: ForNodes;
      readonly group: string;
    }
  | { readonly type: 'serial'; readonly name: string | undefined; readonly devices: ForNodes; readonly baud: string };

export const baudDefault = '115200';

/** `ADDRESS,ADDRESS` */
export function parseUdp(text: string): ChannelAnswer | string {
  const addresses = pairOf(text);
  if (addresses?.[1] === undefined) return 'two addresses with a comma between, in the order of --nodes';
  return { type: 'udp', name: undefined, addresses: [addresses[0], addresses[1]] };
}

/** `INTERFACE` or `INTERFACE,INTERFACE` */
export function parseBroadcast(text: string): ChannelAnswer | string {
  const interfaces = pairOf(text);
  if (interfaces === undefined) return 'one interface, or two with a comma between, in the order of --nodes';
  return { type: 'broadcast', name: undefined, interfaces };
}

/** `INTERFACE=GROUP` or `INTERFACE,INTERFACE=GROUP` */
export function parseMulticast(text: string): ChannelAnswer | string {
  const [before = '', group = '', ...more] = text.split('=');
  const interfaces = pairOf(before);
  if (interfaces === undefined || group === '' || more.length > 0) {
    return 'an interface and a group, eth0=239.192.6.94';
  }
  return { type: 'multicast', name: undefined, interfaces, group };
}

/** `DEVICE`, `DEVICE,DEVICE`, either with `@BAUD` behind it. */
export function parseSerial(text: string): ChannelAnswer | string {
  const [before = '', baud = baudDefault, ...more] = text.split('@');
  const devices = pairOf(before);
  if (devices === undefined || more.length > 0)
    return 'a device, or two with a comma between, and @BAUD if it is another';
  return { type: 'serial', name: undefined, devices, baud };
}

function pairOf(text: string): ForNodes | undefined {
  const [one = '', other, ...more] = text.split(',').map((word) => word.trim());
  if (one === '' || other === '' || more.length > 0) return undefined;
  return other === undefined ? [one] : [one, other];
}
