import * as z from 'zod';

export const durationHint = 'write a duration with its unit, for example 500ms, 10s, 2m or 1h';
/** A day: longer ones are slips of the unit. */
const durationMsMax = 86_400_000;
const unitMs = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** A duration is written with its unit, `500ms` or `1.5s`; in the program it is whole milliseconds. */
export const duration = z.string({ error: durationHint }).transform((text, context) => {
  const milliseconds = durationMs(text);
  if (milliseconds !== undefined && milliseconds <= durationMsMax) return milliseconds;
  context.addIssue(milliseconds === undefined ? durationHint : 'a duration is at most 24h');
  return z.NEVER;
});

/** `10s`, `500ms`: the shortest that is exact. */
export function showDuration(milliseconds: number): string {
  const units = [
    ['h', unitMs.h],
    ['m', unitMs.m],
    ['s', unitMs.s],
  ] as const;
  const fitting = milliseconds === 0 ? undefined : units.find(([, factor]) => milliseconds % factor === 0);
  return fitting === undefined ? `${milliseconds}ms` : `${milliseconds / fitting[1]}${fitting[0]}`;
}

/** For sentences: `200 ms`, `1.5 s`, `15 min`. */
export function showSeconds(milliseconds: number): string {
  if (milliseconds < 1000) return `${milliseconds} ms`;
  if (milliseconds < 5 * unitMs.m) return `${Math.round(milliseconds / 10) / 100} s`;
  return `${Math.round(milliseconds / (unitMs.m / 10)) / 10} min`;
}

/** `on`, `off`, `yes`, `no`, `true`, `false`: to YAML 1.2 the first four are texts. */
export const onOff = z
  .union([z.boolean(), z.enum(['on', 'off', 'yes', 'no'])], { error: 'write on or off' })
  .transform((written) => written === true || written === 'on' || written === 'yes');

const nodeHint = 'a node name is the host name in lower case: letters, digits, "-" and ".", at most 63';
export const nodeName: z.ZodType<string> = z
  .string({ error: nodeHint })
  .regex(/^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/, nodeHint);

const portHint = 'a port is a whole number from 1 to 65535';
export const port: z.ZodType<number> = z.int({ error: portHint }).min(1, portHint).max(65_535, portHint);

/** A name that people type and that appears in messages. */
export function shortName(what: string): z.ZodType<string> {
  const hint = `${what} has letters, digits, ".", "_" and "-", at most 32, and begins with a letter or digit`;
  return z.string({ error: hint }).regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/, hint);
}

function durationMs(text: string): number | undefined {
  const [, amount, unit] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)$/.exec(text) ?? [];
  if (amount === undefined || unit === undefined) return undefined;
  return Math.round(Number(amount) * unitMs[unit as keyof typeof unitMs]);
}
