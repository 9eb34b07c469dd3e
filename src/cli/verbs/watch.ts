import { exitCodes, type StatusReport } from '../../control/controlProtocol.ts';
import { askDaemon, type Call, finalLine, finish } from '../daemon.ts';
import type { Io } from '../io.ts';
import { aged, withoutAges } from '../status/aged.ts';
import { exitCodeOf } from '../status/place.ts';
import { statusText } from '../status/statusText.ts';
import { clean, jsonLine } from '../text/clean.ts';
import { wrap } from '../text/layout.ts';
import { paintFor } from '../text/paint.ts';
import { duration } from '../text/time.ts';

/** `hactl status --watch`: redrawn on a terminal; elsewhere appended, once for each change that is not only an age. */
export async function watch(call: Call): Promise<number> {
  if (call.isJson) return stream(call, (report) => call.io.out(jsonLine(report)));
  return call.io.isTerminal ? redraw(call) : append(call);
}

async function stream(call: Call, onReport: (report: StatusReport) => void | Promise<void>): Promise<number> {
  let last: StatusReport | undefined;
  const outcome = await askDaemon(
    call,
    { verb: 'watch' },
    (line) => {
      if (line.type !== 'status') return undefined;
      last = line.status;
      return onReport(line.status);
    },
    { signal: call.io.interrupted() },
  );
  const isOver = outcome.kind === 'stopped' || (outcome.kind === 'answered' && outcome.line.type === 'done');
  if (isOver && last !== undefined) return exitCodeOf(last);
  return finish(call, outcome);
}

async function append(call: Call): Promise<number> {
  const look = { width: call.io.width(), paint: paintFor(false) };
  let shown = '';
  return stream(call, async (report) => {
    const text = statusText(withoutAges(report), look);
    if (text === shown) return;
    shown = text;
    await call.io.out(`${statusText(report, look)}\n`);
  });
}

/** Nothing new for so long means that the daemon stalls: it speaks at least each second. */
const newsMs = 3000;
const redrawMs = 500;
const retryMs = 1000;

/** What the screen shows: the last report, how old it is, and why no newer one comes. */
interface Picture {
  report: StatusReport | undefined;
  heardAtMs: number;
  trouble: string;
}

/** Goes on when the daemon goes away, and says so: an old picture must not look like the present. */
async function redraw(call: Call): Promise<number> {
  const { io } = call;
  const interrupted = io.interrupted();
  const picture: Picture = { report: undefined, heardAtMs: performance.now(), trouble: '' };
  const timer = setInterval(() => draw(io, picture), redrawMs);
  try {
    while (!interrupted.aborted) {
      const outcome = await askDaemon(
        call,
        { verb: 'watch' },
        (line) => {
          if (line.type !== 'status') return;
          if (picture.report === undefined) void io.out(enterScreen);
          Object.assign(picture, { report: line.status, heardAtMs: performance.now(), trouble: '' });
          draw(io, picture);
        },
        { signal: interrupted },
      );
      if (outcome.kind === 'stopped') break;
      if (picture.report === undefined) return await finish(call, outcome);
      picture.trouble = finalLine(outcome).sentence;
      draw(io, picture);
      await pause(retryMs, interrupted);
    }
  } finally {
    clearInterval(timer);
    if (picture.report !== undefined) void io.out(leaveScreen);
  }
  return picture.report === undefined ? exitCodes.ok : exitCodeOf(picture.report);
}

/** The alternate screen: what stood on the terminal before comes back at the end. */
const enterScreen = '\u001b[?1049h';
const leaveScreen = '\u001b[?1049l';

function draw(io: Io, { report, heardAtMs, trouble }: Picture): void {
  if (report === undefined) return;
  const paint = paintFor(io.hasColours);
  const sinceMs = performance.now() - heardAtMs;
  const notice = `NO NEWS from twinbeatd for ${duration(sinceMs)}${trouble === '' ? '' : `: ${clean(trouble)}`}`;
  const isOld = sinceMs > newsMs || trouble !== '';
  const warning = isOld ? [...wrap(notice, io.width()).map((line) => paint('bad', line)), ''] : [];
  const text = statusText(aged(report, sinceMs), { width: io.width(), paint }).split('\n');
  void io.out(screen([...warning, ...text], paint('dim', 'watching; Ctrl-C ends'), io.height()));
}

/** From the top left, each line cleared to its end, and the rest of the screen cleared: no flicker. */
function screen(lines: readonly string[], footer: string, height: number): string {
  const room = Math.max(1, height - 2);
  const shown =
    lines.length > room ? [...lines.slice(0, room - 1), `... ${lines.length - room + 1} more lines`] : lines;
  return `\u001b[H${[...shown, footer].map((line) => `${line}\u001b[K`).join('\n')}\u001b[J`;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
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
