import type { StatusReport } from '../../control/controlProtocol.ts';
import { type EventLook, eventLines, type JournalEvent } from '../events/eventText.ts';
import { textWidth } from '../io.ts';
import { aged } from '../status/aged.ts';
import { statusParts } from '../status/statusText.ts';
import { clean } from '../text/clean.ts';
import { shorten, wrap } from '../text/layout.ts';
import type { Paint } from '../text/paint.ts';
import { duration } from '../text/time.ts';

/** What the screen shows: the last report, how old it is, why no newer one comes, and the newest events. */
export interface Picture {
  readonly report: StatusReport;
  readonly sinceMs: number;
  /** Empty while the daemon answers. */
  readonly trouble: string;
  readonly events: readonly JournalEvent[];
}

export interface Frame {
  readonly columns: number;
  readonly rows: number;
  /** The first line that is shown. */
  readonly top: number;
  readonly paint: Paint;
}

/** Nothing new for so long means that the daemon stalls: it speaks at least each second. */
const newsMs = 3000;
/** With their title. */
const eventLinesMin = 10;
const eventLinesFew = 4;

export interface Framed {
  readonly lines: readonly string[];
  /** `top` can be at most so much. */
  readonly topMax: number;
}

/** Exactly the rows of the terminal: a status, the newest events in what is left, and a line that says how to leave. */
export function frame(picture: Picture, { columns, rows, top, paint }: Frame): Framed {
  const width = Math.min(columns, textWidth(columns));
  const { report, sinceMs } = picture;
  const { facts, machine } = statusParts(aged(report, sinceMs), { width, paint });
  const above = [...noticeLines(picture, width, paint), ...facts];
  const room = Math.max(1, rows - 1);
  const events = newest(picture.events, roomForEvents(room - above.length, machine.length), {
    width,
    paint,
    at: report.at,
  });
  const lines = [...above, ...events, ...machine];
  const topMax = Math.max(0, lines.length - room);
  const first = Math.min(top, topMax);
  const shown = lines.slice(first, first + room);
  const place =
    topMax === 0 ? '' : `; up and down scroll, lines ${first + 1}-${first + shown.length} of ${lines.length}`;
  const footer = paint('dim', shorten(`q quits${place}`, width, 0));
  return { lines: [...shown, ...Array.from({ length: room - shown.length }, () => ''), footer], topMax };
}

/** Beside the machine if that leaves enough; else instead of it; else below the screen, where one can scroll to. */
function roomForEvents(left: number, machineLength: number): number {
  if (left - machineLength >= eventLinesMin) return left - machineLength;
  return left >= eventLinesFew ? left : eventLinesMin;
}

function noticeLines({ sinceMs, trouble }: Picture, width: number, paint: Paint): readonly string[] {
  if (sinceMs <= newsMs && trouble === '') return [];
  const notice = `NO NEWS from twinbeatd for ${duration(sinceMs)}${trouble === '' ? '' : `: ${clean(trouble)}`}`;
  return [...wrap(notice, width).map((line) => paint('bad', line)), ''];
}

/** Whole events, the newest last, in as many lines as are left. */
function newest(events: readonly JournalEvent[], left: number, look: EventLook): readonly string[] {
  const title = ['', look.paint('title', 'NEWEST EVENTS')];
  let linesLeft = left - title.length;
  const shown: string[] = [];
  for (const event of events.toReversed()) {
    const lines = eventLines(event, look);
    if (lines.length > linesLeft) break;
    linesLeft -= lines.length;
    shown.unshift(...lines);
  }
  return shown.length === 0 ? [] : [...title, ...shown];
}
