import { writeFileSync } from 'node:fs';
import type { AddressMeans } from '../config/means.ts';
import type { JobOutcome } from '../core/job.ts';
import type { Hand } from './actions.ts';
import type { Announcer } from './announcer.ts';
import type { IpBatch } from './ipBatch.ts';
import { coversAddress, type HeldAddress, hostBits, type Link, readAddressLines, readRouteDevice } from './ipLines.ts';

export interface AddressesOptions {
  readonly ip: IpBatch;
  readonly announcer: Announcer;
  findLink(device: string): Link | undefined;
}

/** `dropped`: the order became too old on the way, and nothing was renewed. */
export type Renewal = 'renewed' | 'missing' | 'dropped';

/**
 * Floating addresses, each with a lifetime in the kernel: one that is not renewed goes by itself.
 *
 * A leased address must never be the primary one of a subnet that others on the device share: the kernel would
 * take them down with it. So it is a single address (/32, /128) wherever its subnet is there already.
 */
export class Addresses {
  readonly #options: AddressesOptions;
  /** Being taken down now: a renewal would put them back. */
  readonly #leaving = new Set<string>();

  constructor(options: AddressesOptions) {
    this.#options = options;
  }

  /** The calls of one address. They take milliseconds; `ip` has a bound of its own, so budgets are not looked at. */
  hand(plan: AddressMeans, leaseMs: number): Hand {
    return {
      start: () => this.#putUp(plan, leaseMs),
      stop: () => this.takeDown(plan),
      status: () => this.#status(plan),
      sync: () => Promise.resolve({ kind: 'notStarted', detail: 'an address has no sync' }),
    };
  }

  /**
   * Renews the lease of an address that is there. One that is missing stays missing: `ip addr change` would
   * silently add it, although this node may have lost it for good. `isCurrent` is asked last, right before.
   */
  async renew(plan: AddressMeans, leaseMs: number, isCurrent: () => boolean): Promise<Renewal> {
    const held = await this.#held(plan);
    if (typeof held === 'string' || held.length === 0 || this.#leaving.has(plan.address)) return 'missing';
    if (!isCurrent()) return 'dropped';
    const answers = held.map((one) => this.#options.ip.run(`address change ${wordsOf(one, plan, leaseMs)}`));
    const [first] = held;
    if (first !== undefined && !this.#options.announcer.isAnnouncing(plan.address)) {
      this.announce(plan, first.device);
    }
    const isRenewed = (await Promise.all(answers)).every((answer) => answer.ok);
    for (const one of held) if (one.bits < hostBits(plan.family)) await this.#narrowIfShared(one, plan, leaseMs);
    return isRenewed ? 'renewed' : 'missing';
  }

  /** Removes the address from every device, and looks whether it is gone. */
  async takeDown(plan: AddressMeans): Promise<JobOutcome> {
    this.#leaving.add(plan.address);
    this.#options.announcer.stop(plan.address);
    try {
      const held = await this.#held(plan);
      if (typeof held === 'string') return { kind: 'failed', detail: held };
      for (const one of held) {
        if (one.bits < hostBits(plan.family)) promoteSecondaries(one.device);
        await this.#options.ip.run(`address del ${one.address}/${one.bits} dev ${one.device}`);
      }
      const left = held.length === 0 ? held : await this.#held(plan);
      if (typeof left === 'string') return { kind: 'failed', detail: left };
      const [stuck] = left;
      if (stuck === undefined) return { kind: 'done' };
      return { kind: 'failed', detail: `${plan.address} is still on ${stuck.device}` };
    } finally {
      this.#leaving.delete(plan.address);
    }
  }

  announce(plan: AddressMeans, device: string): void {
    this.#options.announcer.start({ address: plan.address, family: plan.family, device });
  }

  /** Where the address is, or belongs; the sentence why that is unknown. */
  async findDevice(plan: AddressMeans): Promise<{ readonly device: string } | string> {
    if (plan.device !== undefined) return { device: plan.device };
    const [device] = await this.devicesWith(plan);
    if (device !== undefined) return { device };
    const answer = await this.#options.ip.run(`route get ${plan.address}`);
    const routed = answer.ok ? readRouteDevice(answer.lines) : undefined;
    if (routed !== undefined) return { device: routed };
    return `no route leads to ${plan.address}${answer.ok ? '' : ` (${answer.problem})`}: name its device, ${plan.address}/24/eth0`;
  }

  /** Devices that have the address now. */
  async devicesWith(plan: Pick<AddressMeans, 'address' | 'family'>): Promise<readonly string[]> {
    const held = await this.#held(plan);
    return typeof held === 'string' ? [] : held.map(({ device }) => device);
  }

  async #status(plan: AddressMeans): Promise<JobOutcome> {
    const held = await this.#held(plan);
    if (typeof held === 'string') return { kind: 'failed', detail: held };
    return { kind: held.length === 0 ? 'stopped' : 'running' };
  }

  async #putUp(plan: AddressMeans, leaseMs: number): Promise<JobOutcome> {
    const found = await this.findDevice(plan);
    if (typeof found === 'string') return { kind: 'failed', detail: found };
    const { device } = found;
    const link = this.#options.findLink(device);
    if (link === undefined) return { kind: 'failed', detail: `there is no device ${device} for ${plan.address}` };
    if (!link.isUp) return { kind: 'failed', detail: `${device} is down; ip link set ${device} up` };
    const bits = await this.#bitsFor(plan, device);
    if (bits < hostBits(plan.family)) promoteSecondaries(device);
    const broadcast = plan.broadcast === undefined ? '' : ` broadcast ${plan.broadcast}`;
    const label = plan.label === undefined ? '' : ` label ${plan.label}`;
    const words = wordsOf({ address: plan.address, bits, device }, plan, leaseMs);
    const added = await this.#options.ip.run(`address add ${words}${broadcast}${label}`);
    if (added.ok) this.announce(plan, device);
    const held = await this.#held(plan);
    if (typeof held === 'string') return { kind: 'failed', detail: held };
    if (held.length > 0) return { kind: 'done' };
    return { kind: 'failed', detail: `${plan.address} is not on ${device} after it was added: ${added.problem}` };
  }

  async #bitsFor(plan: AddressMeans, device: string): Promise<number> {
    const { lines } = await this.#options.ip.run(`address show dev ${device}`);
    const isSubnetThere = readAddressLines(lines).some((held) => coversAddress(held, plan.address));
    return isSubnetThere || plan.bits === undefined ? hostBits(plan.family) : plan.bits;
  }

  /** The host got an address of the same subnet later: the floating one must no longer carry it. */
  async #narrowIfShared(held: HeldAddress, plan: AddressMeans, leaseMs: number): Promise<void> {
    const { lines } = await this.#options.ip.run(`address show dev ${held.device}`);
    const isShared = readAddressLines(lines).some(
      (one) => one.address !== held.address && coversAddress(one, held.address),
    );
    if (!isShared || this.#leaving.has(plan.address)) return;
    const single = { ...held, bits: hostBits(plan.family) };
    promoteSecondaries(held.device);
    await this.#options.ip.run(`address add ${wordsOf(single, plan, leaseMs)}`);
    await this.#options.ip.run(`address del ${held.address}/${held.bits} dev ${held.device}`);
  }

  async #held(plan: Pick<AddressMeans, 'address' | 'family'>): Promise<readonly HeldAddress[] | string> {
    const answer = await this.#options.ip.run(`address show to ${plan.address}/${hostBits(plan.family)}`);
    return answer.ok ? readAddressLines(answer.lines) : `the addresses cannot be read: ${answer.problem}`;
  }
}

function wordsOf(
  place: { readonly address: string; readonly bits: number; readonly device: string },
  plan: AddressMeans,
  leaseMs: number,
): string {
  const lifetime = leaseMs === 0 ? 'forever' : String(Math.ceil(leaseMs / 1000));
  // The address moves with its machine's neighbours still knowing the old one: waiting for a duplicate check would be an outage.
  const duplicateCheck = plan.family === 6 ? ' nodad' : '';
  return `${place.address}/${place.bits} dev ${place.device} valid_lft ${lifetime} preferred_lft ${lifetime}${duplicateCheck}`;
}

/** With this a primary address that goes hands its place to the next one instead of taking it along (ip-sysctl). */
function promoteSecondaries(device: string): void {
  try {
    writeFileSync(`/proc/sys/net/ipv4/conf/${device}/promote_secondaries`, '1');
  } catch {
    // Not allowed, or not there: the rule that leased addresses stand alone still holds.
  }
}
