import { isIP } from 'node:net';
import type { ChannelListener } from '../../engine/ports.ts';
import { createDeviceChannel, type DeviceChannel, type OpenSocket } from './deviceChannel.ts';

export interface MulticastChannelOptions {
  readonly name: string;
  /** `eth0` */
  readonly device: string;
  /** Numeric, without a scope: `239.192.6.94`, `ff02::694`. */
  readonly group: string;
  readonly port: number;
  readonly ttl: number;
  readonly receiveBufferBytes?: number;
}

/**
 * Datagrams to a multicast group on one device. Another LAN with the same group is never heard: the socket is bound to
 * the device, and takes part in the group there only.
 */
export function createMulticastChannel(
  { group, ...options }: MulticastChannelOptions,
  listener: ChannelListener,
  openSocket: OpenSocket,
): DeviceChannel {
  const family = isIP(group) === 6 ? 6 : 4;
  return createDeviceChannel({ ...options, type: 'multicast', family, address: group }, listener, openSocket);
}
