const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** How long something lasts, for people: `0.2 s`, `47 s`, `3 min 20 s`, `5 h 12 min`, `12 d 4 h`. */
export function duration(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  if (whole < 10 * second) return `${(Math.floor(whole / 100) / 10).toFixed(1)} s`;
  if (whole < minute) return `${Math.floor(whole / second)} s`;
  if (whole < hour) return twoUnits(whole, minute, 'min', second, 's');
  if (whole < day) return twoUnits(whole, hour, 'h', minute, 'min');
  return twoUnits(whole, day, 'd', hour, 'h');
}

/** A time of day of this machine, with the date unless that is the day of `at`. A text that is no time stays as it is. */
export function clock(time: string, at: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  return dayOf(date) === dayOf(new Date(at)) ? timeOf(date) : `${dayOf(date)} ${timeOf(date)}`;
}

/** The same to the millisecond: in a failover much happens within a second. */
export function clockMs(time: string, at: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  return `${clock(time, at)}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** Date, time and zone of this machine. */
export function fullTime(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  const offset = -date.getTimezoneOffset();
  const zone = `${offset < 0 ? '-' : '+'}${two(Math.trunc(Math.abs(offset) / 60))}:${two(Math.abs(offset) % 60)}`;
  return `${dayOf(date)} ${timeOf(date)} ${zone}`;
}

/** Milliseconds from `since` to `at`; undefined when one is no time, or the clock was set back in between. */
export function between(since: string, at: string): number | undefined {
  const ms = Date.parse(at) - Date.parse(since);
  return ms >= 0 ? ms : undefined;
}

function twoUnits(ms: number, big: number, bigName: string, small: number, smallName: string): string {
  const rest = Math.floor((ms % big) / small);
  const whole = `${Math.floor(ms / big)} ${bigName}`;
  return rest === 0 ? whole : `${whole} ${rest} ${smallName}`;
}

function dayOf(date: Date): string {
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function timeOf(date: Date): string {
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
