import { createBroadcastChannel } from '../adapters/deviceChannel/broadcastChannel.ts';
import { createMulticastChannel } from '../adapters/deviceChannel/multicastChannel.ts';
import { openDeviceSocket } from '../adapters/linux/deviceSocket.ts';
import { createSerialChannel } from '../adapters/serialChannel/serialChannel.ts';
import { createUdpChannel } from '../adapters/udpChannel/udpChannel.ts';
import type { ChannelPlan } from '../config/plans.ts';
import { unreachable } from '../core/unreachable.ts';
import type { Channel, ChannelListener } from '../engine/ports.ts';

/** What the channels tell, by their index. */
export interface ChannelSetListener {
  onBytes(channel: number, bytes: Uint8Array): void;
  onOpenChanged(channel: number, isOpen: boolean, reason: string): void;
  onHint(channel: number, reason: string): void;
}

interface OpenChannel {
  readonly plan: ChannelPlan;
  readonly channel: Channel;
}

/** About a hundred beats: after a stall there is less of the past to read. */
const receiveBufferBytes = 64 * 1024;

/** The channels of the config, in its order. */
export class ChannelSet {
  readonly #listener: ChannelSetListener;
  #open: readonly OpenChannel[] = [];

  constructor(listener: ChannelSetListener) {
    this.#listener = listener;
  }

  get channels(): readonly Channel[] {
    return this.#open.map(({ channel }) => channel);
  }

  /** Opens, closes and opens anew what the plans say, and leaves alone what is as before. Returns what it opened. */
  apply(plans: readonly ChannelPlan[]): readonly string[] {
    const before = this.#open;
    for (const [index, { plan, channel }] of before.entries()) if (!isSame(plan, plans[index])) channel.close();
    this.#open = plans.map((plan, index) => {
      const known = before[index];
      return known !== undefined && isSame(plan, known.plan) ? known : { plan, channel: this.#create(plan, index) };
    });
    return plans.filter((plan, index) => !isSame(plan, before[index]?.plan)).map(({ name }) => name);
  }

  close(): void {
    for (const { channel } of this.#open) channel.close();
    this.#open = [];
  }

  #create(plan: ChannelPlan, index: number): Channel {
    const isCurrent = (): boolean => this.#open[index]?.plan === plan;
    let hasHinted = false;
    const listener: ChannelListener = {
      onBytes: (bytes) => {
        if (!isCurrent()) return;
        hasHinted = false;
        this.#listener.onBytes(index, bytes);
      },
      onOpenChanged: (isOpen, reason) => {
        if (isCurrent()) this.#listener.onOpenChanged(index, isOpen, reason);
      },
      // One probe round for one silence: the machine of a peer that is down refuses for hours.
      onHint: (reason) => {
        if (!isCurrent() || hasHinted) return;
        hasHinted = true;
        this.#listener.onHint(index, reason);
      },
    };
    return createChannel(plan, listener);
  }
}

function createChannel(plan: ChannelPlan, listener: ChannelListener): Channel {
  switch (plan.type) {
    case 'udp':
      return createUdpChannel({ ...plan, receiveBufferBytes }, listener);
    case 'multicast':
      return createMulticastChannel({ ...plan, receiveBufferBytes }, listener, openDeviceSocket);
    case 'broadcast':
      return createBroadcastChannel({ ...plan, receiveBufferBytes }, listener, openDeviceSocket);
    case 'serial':
      return createSerialChannel(plan, listener);
    default:
      return unreachable(plan);
  }
}

function isSame(a: ChannelPlan, b: ChannelPlan | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
