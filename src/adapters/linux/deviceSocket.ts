import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import { type Answer, addressFamily, loadNetwork, type Network } from './network.ts';

export interface DeviceSocketPlan {
  readonly device: string;
  readonly family: 4 | 6;
  /** Datagrams to this numeric address and port are heard, and nothing else. */
  readonly address: string;
  readonly port: number;
  readonly kind: 'multicast' | 'broadcast';
  /** How many routers a multicast datagram may pass, and one more. */
  readonly ttl: number;
  readonly receiveBufferBytes: number | undefined;
}

export type DeviceSocketOpened =
  | { readonly ok: true; readonly fd: number; close(): void }
  /** `code`: of errno; ENOLIBC where the C library cannot be called, with `detail`. */
  | { readonly ok: false; readonly code: string; readonly detail: string };

/**
 * A datagram socket that is bound to a device: what arrives on another one is never heard, and nothing leaves by
 * another one, whatever the routes say. Node's dgram cannot make it; it takes it over by `bind({ fd })`.
 *
 * Linux 5.7 allows it to everybody; older kernels want CAP_NET_RAW.
 */
export async function openDeviceSocket(plan: DeviceSocketPlan): Promise<DeviceSocketOpened> {
  const loaded = await loadNetwork();
  if (!loaded.ok) return { ok: false, code: 'ENOLIBC', detail: loaded.reason };
  const { network } = loaded;
  const index = network.deviceIndex(plan.device);
  const address = network.addressBytes(plan.family, plan.address);
  if (index === 0) return { ok: false, code: 'ENODEV', detail: '' };
  if (address === undefined) return { ok: false, code: 'EINVAL', detail: plan.address };
  const made = network.socket(addressFamily[plan.family], sockDgram | sockNonblock | sockCloexec, 0);
  if (made.value < 0) return { ok: false, code: nameOf(made.errno), detail: 'socket' };
  const fd = made.value;
  const close = (): void => network.close(fd);
  for (const { what, isOptional, answer } of steps(network, fd, plan, index, address)) {
    const { value, errno } = answer();
    if (value >= 0 || isOptional === true) continue;
    close();
    return { ok: false, code: nameOf(errno), detail: what };
  }
  return { ok: true, fd, close };
}

interface SetupStep {
  readonly what: string;
  readonly isOptional?: boolean;
  readonly answer: () => Answer;
}

function steps(
  network: Network,
  fd: number,
  plan: DeviceSocketPlan,
  index: number,
  address: Uint8Array,
): readonly SetupStep[] {
  const set = (what: string, [level, name]: Option, value: number | Uint8Array): SetupStep => ({
    what,
    answer: () => network.setOption(fd, level, name, typeof value === 'number' ? int32(value) : value),
  });
  const is4 = plan.family === 4;
  const { receiveBufferBytes } = plan;
  return [
    set('SO_BINDTODEVICE', option.bindToDevice, Buffer.from(`${plan.device}\0`)),
    ...(receiveBufferBytes === undefined ? [] : [set('SO_RCVBUF', option.receiveBuffer, receiveBufferBytes)]),
    // A beat that does not fit is refused here, instead of going in pieces of which one may be lost.
    set('IP_MTU_DISCOVER', is4 ? option.mtuDiscover4 : option.mtuDiscover6, pmtudiscDo),
    ...(plan.kind === 'broadcast' ? [set('SO_BROADCAST', option.broadcast, 1)] : []),
    ...(is4 ? [] : [set('IPV6_V6ONLY', option.only6, 1)]),
    ...(plan.kind === 'multicast' ? multicastSteps(set, plan, index, address) : []),
    { what: 'bind', answer: () => network.bind(fd, socketAddress(plan, address, index)) },
  ];
}

function multicastSteps(
  set: (what: string, option: Option, value: number | Uint8Array) => SetupStep,
  { family, ttl }: DeviceSocketPlan,
  index: number,
  address: Uint8Array,
): readonly SetupStep[] {
  const none = Buffer.alloc(4);
  return family === 4
    ? [
        set('IP_MULTICAST_ALL', option.multicastAll4, 0),
        set('IP_MULTICAST_LOOP', option.multicastLoop4, 0),
        set('IP_MULTICAST_TTL', option.multicastTtl4, ttl),
        set('IP_ADD_MEMBERSHIP', option.join4, Buffer.concat([address, none, int32(index)])),
      ]
    : [
        // Since Linux 4.20; the device alone does the same where there is only one group.
        { ...set('IPV6_MULTICAST_ALL', option.multicastAll6, 0), isOptional: true },
        set('IPV6_MULTICAST_LOOP', option.multicastLoop6, 0),
        set('IPV6_MULTICAST_HOPS', option.multicastHops6, ttl),
        set('IPV6_ADD_MEMBERSHIP', option.join6, Buffer.concat([address, int32(index)])),
      ];
}

type Option = readonly [level: number, name: number];

const sockDgram = 2;
const sockNonblock = 0o4000;
const sockCloexec = 0o2000000;
/** IP_PMTUDISC_DO and IPV6_PMTUDISC_DO. */
const pmtudiscDo = 2;

/** Of socket(7), ip(7) and ipv6(7), as x86 and arm number them. */
const option = {
  broadcast: [1, 6],
  receiveBuffer: [1, 8],
  bindToDevice: [1, 25],
  mtuDiscover4: [0, 10],
  multicastTtl4: [0, 33],
  multicastLoop4: [0, 34],
  join4: [0, 35],
  multicastAll4: [0, 49],
  multicastHops6: [41, 18],
  multicastLoop6: [41, 19],
  join6: [41, 20],
  mtuDiscover6: [41, 23],
  only6: [41, 26],
  multicastAll6: [41, 29],
} as const;

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}

/** struct sockaddr_in, struct sockaddr_in6. */
function socketAddress({ family, port }: DeviceSocketPlan, address: Uint8Array, index: number): Buffer {
  const bytes = Buffer.alloc(family === 4 ? 16 : 28);
  bytes.writeUInt16LE(addressFamily[family], 0);
  bytes.writeUInt16BE(port, 2);
  bytes.set(address, family === 4 ? 4 : 8);
  if (family === 6) bytes.writeUInt32LE(index, 24);
  return bytes;
}

function nameOf(errno: number): string {
  const isKnown = Object.values(constants.errno).includes(errno);
  return isKnown ? getSystemErrorName(-errno) : `error ${errno}`;
}
