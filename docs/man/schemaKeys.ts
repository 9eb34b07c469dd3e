import { readFileSync } from 'node:fs';

/** One key of `twinbeat.yaml`, as the comment above it in the schema describes it. */
export interface SchemaKey {
  /** `timing.deadtime`. */
  readonly name: string;
  readonly text: string;
  /** What holds where the key is left out. */
  readonly byDefault: string | undefined;
}

/** Where a part of the schema begins in its source in src/config, and what its keys stand below in the file. */
const parts = [
  { begins: 'const timingSchema = ', below: 'timing', source: 'schema.ts' },
  { begins: 'const takeoverSchema = ', below: 'takeover', source: 'schema.ts' },
  { begins: 'const startupSchema = ', below: 'startup', source: 'schema.ts' },
  { begins: 'export const guardsSchema = ', below: 'guards', source: 'guards.ts' },
  { begins: 'export const fenceSchema = ', below: 'guards.fence', source: 'fenceSchema.ts' },
  { begins: 'export function fenceDeviceSchema(', below: 'guards.fence.levels[]', source: 'fenceSchema.ts' },
  { begins: 'export function channelSchema(', below: 'channels[]', source: 'schema.ts' },
  { begins: 'export const groupSchema = ', below: 'groups.NAME', source: 'schema.ts' },
] as const;

export type SchemaPart = (typeof parts)[number]['below'];

/** The keys of one part and of what has a source of its own below it. Every key has a comment: a new one appears by itself. */
export function keysOf(part: SchemaPart): readonly SchemaKey[] {
  const all = parts.map(({ below }) => below).filter((below) => below === part || below.startsWith(`${part}.`));
  return all.flatMap(keysOfOne);
}

function keysOfOne(part: SchemaPart): readonly SchemaKey[] {
  const { begins, source } = parts.find(({ below }) => below === part) ?? { begins: part, source: 'schema.ts' };
  const text = readFileSync(new URL(`../../src/config/${source}`, import.meta.url), 'utf8');
  const start = text.indexOf(begins);
  if (start < 0) throw new Error(`src/config/${source} has no "${begins}"`);
  const end = text.indexOf('\n}', start);
  return keysIn(text.slice(start, end).split('\n'), part);
}

/**
 * A key stands on a line of its own, further in than what it stands below; biome sees to that. A line that
 * looks like a key and is none has no comment.
 */
function keysIn(lines: readonly string[], part: string): readonly SchemaKey[] {
  const found: SchemaKey[] = [];
  const above: { readonly indent: number; readonly name: string }[] = [];
  let comment: string | undefined;
  for (const line of lines) {
    const said = /^\s+\/\*\* (.*) \*\/$/.exec(line)?.[1];
    const [, blanks = '', key] = /^(\s+)([a-zA-Z]+): (?:z\b.*|.*,)$/.exec(line) ?? [];
    if (said !== undefined) comment = said;
    if (said !== undefined || key === undefined) continue;
    while ((above.at(-1)?.indent ?? -1) >= blanks.length) above.pop();
    const name = nameOf(part, above.at(-1)?.name ?? part, key);
    above.push({ indent: blanks.length, name });
    if (comment !== undefined) found.push({ name, ...split(comment) });
    comment = undefined;
  }
  return found;
}

/** Resources have names of their own between. */
function nameOf(part: string, above: string, key: string): string {
  return `${above}.${key}${part === 'groups.NAME' && key === 'resources' ? '.NAME' : ''}`;
}

function split(comment: string): Pick<SchemaKey, 'text' | 'byDefault'> {
  const [text = '', byDefault] = comment.split('@default');
  return { text: text.trim(), byDefault: byDefault?.trim() };
}
