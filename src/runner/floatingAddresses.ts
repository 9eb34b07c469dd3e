import type { GroupPlan } from '../config/plans.ts';
import type { RunnerAskAnswer, ToRunner } from '../control/runnerProtocol.ts';
import type { Addresses } from './addresses.ts';
import { askByArping } from './arping.ts';
import { askLan, type Question } from './asker.ts';
import type { Link } from './ipLines.ts';
import { monotonicMs } from './monotonic.ts';
import type { Packets } from './packets.ts';
import { addressesOf } from './plan.ts';

export interface FloatingAddressesOptions {
  readonly addresses: Addresses;
  readonly packets: Packets | string;
  findLink(device: string): Link | undefined;
}

/** An order to renew that waited longer may come from before a stall: the address may be the peer's by now. */
const renewAgeMsMax = 250;
const concurrentAskMax = 16;

/** The orders that concern all addresses of a group together. */
export class FloatingAddresses {
  readonly #options: FloatingAddressesOptions;
  #asking = 0;

  constructor(options: FloatingAddressesOptions) {
    this.#options = options;
  }

  isCurrent({ sentAtMs }: ToRunner & { type: 'renew' }): boolean {
    return monotonicMs() - sentAtMs <= renewAgeMsMax;
  }

  /** Names the resources whose address is not there; undefined when the order became too old on the way. */
  async renew(group: GroupPlan, order: ToRunner & { type: 'renew' }): Promise<readonly string[] | undefined> {
    const missing: string[] = [];
    for (const { name, means } of group.resources) {
      if (means.kind !== 'address') continue;
      const renewal = await this.#options.addresses.renew(means, group.leaseMs, () => this.isCurrent(order));
      if (renewal === 'dropped') return undefined;
      if (renewal === 'missing') missing.push(name);
    }
    return missing;
  }

  async ask(group: GroupPlan, waitMs: number): Promise<RunnerAskAnswer> {
    if (this.#asking >= concurrentAskMax) return { kind: 'impossible', detail: 'too many questions at once' };
    this.#asking += 1;
    try {
      const questions = await this.#questionsOf(group);
      if (typeof questions === 'string') return { kind: 'impossible', detail: questions };
      const { packets } = this.#options;
      return await (typeof packets === 'string' ? askByArping(questions, waitMs) : askLan(questions, waitMs, packets));
    } finally {
      this.#asking -= 1;
    }
  }

  /** Only what is held: announcing another's address would take it away from him. */
  async announce(group: GroupPlan): Promise<void> {
    for (const address of addressesOf(group)) {
      const [held] = await this.#options.addresses.devicesWith(address);
      if (held !== undefined) this.#options.addresses.announce(address, held);
    }
  }

  /** Devices that carry the group's addresses, or would. */
  async devicesOf(group: GroupPlan): Promise<readonly string[]> {
    const found = await Promise.all(addressesOf(group).map((address) => this.#options.addresses.findDevice(address)));
    return [...new Set(found.flatMap((place) => (typeof place === 'string' ? [] : [place.device])))];
  }

  async #questionsOf(group: GroupPlan): Promise<readonly Question[] | string> {
    const questions: Question[] = [];
    for (const address of addressesOf(group)) {
      const place = await this.#options.addresses.findDevice(address);
      if (typeof place === 'string') return place;
      const link = this.#options.findLink(place.device);
      if (link === undefined) return `there is no device ${place.device}`;
      questions.push({ address: address.address, family: address.family, link });
    }
    return questions;
  }
}
