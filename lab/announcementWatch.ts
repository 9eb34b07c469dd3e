import { Companion } from './companion.ts';
import type { Host } from './host.ts';
import { programArgv } from './namespaces.ts';
import { lanDevice } from './topology.ts';

/** An unasked announcement: a gratuitous ARP in either form, or an unsolicited neighbour advertisement. */
export interface Announcement {
  readonly atMs: number;
  readonly form: 'arp-request' | 'arp-reply' | 'neighbour-advertisement';
  readonly address: string;
  readonly mac: string;
}

const seenMax = 100_000;

/** The announcements that reach a host on the LAN. */
export class AnnouncementWatch {
  readonly #seen: Announcement[] = [];
  #companion: Companion | undefined;

  static async start(host: Host): Promise<AnnouncementWatch> {
    const watch = new AnnouncementWatch();
    watch.#companion = await Companion.start({
      name: `the watch on announcements at ${host.name}`,
      argv: [...host.enterArgv, ...programArgv('announcements.py', lanDevice)],
      onMessage: (message) => {
        if (watch.#seen.length < seenMax) watch.#seen.push(message as unknown as Announcement);
      },
    });
    return watch;
  }

  get seen(): readonly Announcement[] {
    return this.#seen;
  }

  of(address: string, fromMs = 0): readonly Announcement[] {
    return this.#seen.filter((announcement) => announcement.address === address && announcement.atMs >= fromMs);
  }

  async stop(): Promise<void> {
    await this.#companion?.stop();
  }
}
