import type { ChannelListener } from '../../engine/ports.ts';
import { createDeviceChannel, type DeviceChannel, type OpenSocket } from './deviceChannel.ts';

export interface BroadcastChannelOptions {
  readonly name: string;
  /** `eth0` */
  readonly device: string;
  readonly port: number;
  readonly receiveBufferBytes?: number;
}

/**
 * Datagrams to everybody on the LAN of one device. To 255.255.255.255, not to the subnet's own broadcast address: it
 * works without an address, and goes on when that changes. IPv6 has no broadcast.
 */
export function createBroadcastChannel(
  options: BroadcastChannelOptions,
  listener: ChannelListener,
  openSocket: OpenSocket,
): DeviceChannel {
  return createDeviceChannel(
    { ...options, type: 'broadcast', family: 4, address: everybody, ttl: 1 },
    listener,
    openSocket,
  );
}

/** RFC 919: never leaves the LAN. */
const everybody = '255.255.255.255';
