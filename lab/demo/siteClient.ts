import { nowMs, until } from '../clock.ts';
import { Companion, type Message } from '../companion.ts';
import type { Host } from '../host.ts';
import { type Gap, longestGap } from '../timeline.ts';

/** A number that the server has acknowledged. */
interface Commit {
  readonly atMs: number;
  readonly number: number;
}

/** The client was connected, the first time or anew. */
export interface Connection {
  readonly atMs: number;
  /** The server's last number. */
  readonly number: number;
  /** Commits that this client was told of as done, and that the server does not know. */
  readonly lost: number;
}

export interface Moment {
  readonly atMs: number;
  readonly because: string;
}

const catchUpMs = 5000;
const failuresMax = 10_000;

/** A user of the site: commits one number after the other through the floating address. */
export class SiteClient {
  readonly #commits: Commit[] = [];
  readonly #failures: Moment[] = [];
  readonly #behind: Moment[] = [];
  readonly #connections: Connection[] = [];
  #companion: Companion | undefined;
  #seenToMs = 0;

  static async start(client: Host, argv: readonly string[]): Promise<SiteClient> {
    const made = new SiteClient();
    made.#companion = await Companion.start({
      name: 'the client of the site',
      argv: [...client.enterArgv, ...argv],
      onMessage: (message) => made.#take(message),
    });
    return made;
  }

  /** The last number that was acknowledged; 0 for none. */
  get number(): number {
    return this.#commits.at(-1)?.number ?? 0;
  }

  /** The last number that was acknowledged up to `atMs`. */
  numberAt(atMs: number): number {
    return this.#commits.findLast((commit) => commit.atMs <= atMs)?.number ?? 0;
  }

  get connections(): readonly Connection[] {
    return this.#connections;
  }

  failures(fromMs: number): readonly Moment[] {
    return this.#failures.filter(({ atMs }) => atMs >= fromMs);
  }

  /** When the server was found to be older than what this client has seen, so that it had to begin anew. */
  behind(fromMs: number): readonly Moment[] {
    return this.#behind.filter(({ atMs }) => atMs >= fromMs);
  }

  /** The first commit at or after `fromMs`, undefined while there is none. */
  commitAfter(fromMs: number): Commit | undefined {
    return this.#commits.find(({ atMs }) => atMs >= fromMs);
  }

  /** The longest time without a commit. */
  async gap(fromMs: number, toMs: number = nowMs()): Promise<Gap> {
    if (this.#companion?.hasEnded !== true) {
      await until('the client of the site has reported', catchUpMs, () => this.#seenToMs >= toMs);
    }
    const moments = this.#commits.map(({ atMs }) => atMs);
    return longestGap(moments, { fromMs, toMs });
  }

  async stop(): Promise<void> {
    await this.#companion?.stop();
  }

  #take(message: Message): void {
    switch (message.event) {
      case 'commits': {
        const batch = message as unknown as { nowMs: number; commits: readonly (readonly [number, number])[] };
        for (const [atMs, number] of batch.commits) this.#commits.push({ atMs, number });
        this.#seenToMs = batch.nowMs;
        break;
      }
      case 'failed':
        if (this.#failures.length < failuresMax) this.#failures.push(message as unknown as Moment);
        break;
      case 'behind':
        this.#behind.push(message as unknown as Moment);
        break;
      case 'connected':
        this.#connections.push(message as unknown as Connection);
        break;
    }
  }
}
