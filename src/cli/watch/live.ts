import { exitCodes, type StatusReport } from '../../control/controlProtocol.ts';
import { askDaemon, type Call, finalLine, finish } from '../daemon.ts';
import type { JournalEvent } from '../events/eventText.ts';
import { exitCodeOf } from '../status/place.ts';
import { paintFor } from '../text/paint.ts';
import type { Key } from './keys.ts';
import { frame } from './picture.ts';
import type { Screen } from './screen.ts';

/** Ages grow on the screen although nothing new came. */
const redrawMs = 500;
const retryMs = 1000;
/** More than the rows of any terminal. */
const eventsMax = 200;

/** Goes on when the daemon goes away, and says so: an old picture must not look like the present. */
export async function watchLive(call: Call): Promise<number> {
  const live = new Live(call);
  try {
    return await live.run();
  } finally {
    live.close();
  }
}

class Live {
  readonly #call: Call;
  readonly #paint: ReturnType<typeof paintFor>;
  readonly #quit = new AbortController();
  readonly #timer: NodeJS.Timeout;
  #screen: Screen | undefined;
  #report: StatusReport | undefined;
  #heardAtMs = performance.now();
  #trouble = '';
  #events: JournalEvent[] = [];
  #top = 0;
  #topMax = 0;

  constructor(call: Call) {
    this.#call = call;
    this.#paint = paintFor(call.io.hasColours);
    call.io.interrupted().addEventListener('abort', () => this.#quit.abort());
    this.#timer = setInterval(() => this.#draw(), redrawMs);
  }

  async run(): Promise<number> {
    const { signal } = this.#quit;
    void this.#followEvents();
    while (!signal.aborted) {
      const outcome = await askDaemon(
        this.#call,
        { verb: 'watch' },
        (line) => {
          if (line.type === 'status') this.#learn(line.status);
        },
        { signal },
      );
      if (outcome.kind === 'stopped') break;
      // Nothing was ever shown: that is an answer to the command, not to the terminal.
      if (this.#report === undefined) return finish(this.#call, outcome);
      this.#trouble = finalLine(outcome).sentence;
      this.#draw();
      await pause(retryMs, signal);
    }
    return this.#report === undefined ? exitCodes.ok : exitCodeOf(this.#report);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#quit.abort();
    this.#screen?.close();
  }

  #learn(report: StatusReport): void {
    this.#report = report;
    this.#heardAtMs = performance.now();
    this.#trouble = '';
    this.#screen ??= this.#call.io.openScreen({ onKey: (key) => this.#onKey(key), onResize: () => this.#draw() });
    this.#draw();
  }

  /** Beside the reports; where the journal cannot be read the screen goes without. */
  async #followEvents(): Promise<void> {
    const { signal } = this.#quit;
    while (!signal.aborted) {
      this.#events = [];
      await askDaemon(
        this.#call,
        { verb: 'events', follow: true, limit: eventsMax },
        (line) => {
          if (line.type !== 'event') return;
          this.#events = [...this.#events, line.event].slice(-eventsMax);
        },
        { firstLineMs: 2 ** 31 - 1, signal },
      );
      await pause(retryMs, signal);
    }
  }

  #onKey(key: Key): void {
    const page = Math.max(1, (this.#screen?.rows ?? 1) - 2);
    switch (key) {
      case 'quit':
        return this.#quit.abort();
      case 'suspend':
        return undefined;
      case 'up':
        return this.#scrollTo(this.#top - 1);
      case 'down':
        return this.#scrollTo(this.#top + 1);
      case 'pageUp':
        return this.#scrollTo(this.#top - page);
      case 'pageDown':
        return this.#scrollTo(this.#top + page);
      case 'top':
        return this.#scrollTo(0);
      case 'bottom':
        return this.#scrollTo(this.#topMax);
    }
  }

  #scrollTo(top: number): void {
    this.#top = Math.max(0, Math.min(top, this.#topMax));
    this.#draw();
  }

  #draw(): void {
    const report = this.#report;
    const screen = this.#screen;
    if (report === undefined || screen === undefined) return;
    const sinceMs = performance.now() - this.#heardAtMs;
    const { columns, rows } = screen;
    const { lines, topMax } = frame(
      { report, sinceMs, trouble: this.#trouble, events: this.#events },
      { columns, rows, top: this.#top, paint: this.#paint },
    );
    this.#topMax = topMax;
    screen.draw(lines);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done, { once: true });
  });
}
