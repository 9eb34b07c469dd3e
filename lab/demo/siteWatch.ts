import { Companion } from '../companion.ts';
import type { Host } from '../host.ts';
import type { HostName } from '../topology.ts';
import { watchArgv } from './site.ts';

/**
 * `flag`: the line of the syncer's run file. `listens`: whether the site's server takes connections. `copy`: another
 * file has become Data.fs. `null` where there is no such file.
 */
export type What = 'flag' | 'listens' | 'copy';

export interface Change {
  readonly host: HostName;
  readonly atMs: number;
  readonly what: What;
  readonly to: string | boolean | number | null;
  /** It was so when the watch began. */
  readonly isFirst: boolean;
}

/** When what changed on the nodes, to two milliseconds. A host has to be watched anew after each boot. */
export class SiteWatch {
  readonly #changes: Change[] = [];
  readonly #companions = new Set<Companion>();

  async watch(host: Host): Promise<void> {
    const { name } = host;
    const companion = await Companion.start({
      name: `the watch on the site of ${name}`,
      argv: [...host.enterArgv, ...watchArgv],
      onMessage: (message) => {
        this.#changes.push({ ...(message as unknown as Omit<Change, 'host'>), host: name });
      },
    });
    this.#companions.add(companion);
  }

  /** When it first became so on that host, at or after `fromMs`. */
  when(host: HostName, what: What, to: Change['to'], fromMs: number): number | undefined {
    return this.#of(host, what).find((change) => change.to === to && change.atMs >= fromMs)?.atMs;
  }

  /** Each time that another file became Data.fs. */
  copies(host: HostName, fromMs: number): readonly number[] {
    return this.#of(host, 'copy')
      .filter(({ atMs, isFirst }) => atMs >= fromMs && !isFirst)
      .map(({ atMs }) => atMs);
  }

  /** How it is, as far as is known. */
  last(host: HostName, what: What): Change['to'] {
    return this.#of(host, what).at(-1)?.to ?? null;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#companions].map(async (companion) => await companion.stop()));
  }

  #of(host: HostName, what: What): readonly Change[] {
    return this.#changes.filter((change) => change.host === host && change.what === what);
  }
}
