import { askRoute } from '../adapters/linux/routes.ts';
import { type ChannelPath, type PathConcern, pathConcerns, routeQuestionOf } from '../config/channelPaths.ts';
import type { ChannelPlan } from '../config/plans.ts';
import { deviceOf, mtuOf } from '../control/localDevices.ts';
import type { NodeConfig } from '../core/nodeConfig.ts';

/** Routes and devices change when somebody works on the network, who then looks at the status. */
const lookMs = 60_000;
/** A change of a channel often comes with others: a device that is set up anew. */
const afterChangeMs = 1000;

export interface ChannelWatchOptions {
  /** The config in force. */
  config(): { readonly channels: readonly ChannelPlan[]; readonly node: NodeConfig };
  onConcern(concern: PathConcern): void;
}

/** Looks whether the channels really leave by the devices that the config thinks of. Nothing here waits for a process. */
export class ChannelWatch {
  readonly #options: ChannelWatchOptions;
  #concerns: readonly PathConcern[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: ChannelWatchOptions) {
    this.#options = options;
  }

  get concerns(): readonly PathConcern[] {
    return this.#concerns;
  }

  start(): void {
    this.#lookAfter(0);
  }

  /** A channel opened or closed, or the config is another one. */
  noteChange(): void {
    if (this.#timer !== undefined) this.#lookAfter(afterChangeMs);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  #lookAfter(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#look(), ms).unref();
  }

  async #look(): Promise<void> {
    const { channels, node } = this.#options.config();
    const paths = await Promise.all(channels.map(pathOf));
    if (this.#isStopped) return;
    const media = node.channels.map(({ medium }) => medium);
    const before = this.#concerns;
    this.#concerns = pathConcerns(channels, media, paths, node.groups.length);
    for (const concern of this.#concerns) {
      if (before.every(({ sentence }) => sentence !== concern.sentence)) this.#options.onConcern(concern);
    }
    this.#lookAfter(lookMs);
  }
}

async function pathOf(plan: ChannelPlan): Promise<ChannelPath> {
  if (plan.type === 'serial') return { device: undefined, route: undefined, mtu: undefined };
  const device = plan.type === 'udp' ? deviceOf(plan.local.address) : plan.device;
  const question = routeQuestionOf(plan);
  const asked = question === undefined || device === undefined ? undefined : await askRoute(question);
  const route = asked?.kind === 'found' ? asked : undefined;
  return { device, route, mtu: device === undefined ? undefined : await mtuOf(device) };
}
