const unitMs: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  min: 60_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** `500ms`, `60s`, `5min` (or `5m`), `2h`, `1d` in milliseconds; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|min|m|h|d)$/.exec(text) ?? [];
  const factor = unitMs[unit];
  return count === undefined || factor === undefined ? undefined : Number(count) * factor;
}

/**
 * A moment as RFC 3339: that, or a time of this machine (`2026-11-20 12:03`, `12:03:11`: the last one), or how
 * long ago it was (`1h`). Undefined for anything else.
 */
export function parseMoment(text: string, now: Date): string | undefined {
  const agoMs = parseDuration(text);
  if (agoMs !== undefined) return isoOf(new Date(now.getTime() - agoMs));
  const [, date, time, zone] =
    /^(?:(\d{4}-\d\d-\d\d)(?:[T ]|$))?(\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(Z|[+-]\d\d:\d\d)?$/.exec(text) ?? [];
  if ((date === undefined && time === undefined) || (zone !== undefined && time === undefined)) return undefined;
  // Without a zone JavaScript reads a date with a time as a time of this machine, as is wanted here.
  const moment = new Date(`${date ?? localDay(now)}T${time ?? '00:00'}${zone ?? ''}`);
  // `23:50`, asked five minutes after midnight, is yesterday's.
  if (date === undefined && moment > now) moment.setDate(moment.getDate() - 1);
  return isoOf(moment);
}

function isoOf(date: Date): string | undefined {
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}

function localDay(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
