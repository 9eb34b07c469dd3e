import * as z from 'zod';
import { didYouMean } from './nearest.ts';
import { type Problem, problemAt } from './problem.ts';
import type { YamlPlaces } from './yamlText.ts';

/** Words that are looked for at the top, and where they stand. */
const lowerWords: ReadonlyMap<string, string> = new Map([
  ['failback', 'groups: NAME'],
  ['fence', 'guards'],
  ['ping', 'guards'],
  ['witness', 'guards'],
  ['watchdog', 'guards'],
]);

/** The yaml file as the parts of the config see it: places, and a list that gathers every problem. */
export interface Yaml {
  readonly file: string;
  readonly places: YamlPlaces;
  readonly problems: Problem[];
}

/** The part of the file at `path`, or undefined after its problems were noted. */
export function readPart<T>(
  yaml: Yaml,
  schema: z.ZodType<T>,
  value: unknown,
  path: readonly PropertyKey[],
): T | undefined {
  const parsed = schema.safeParse(value, { reportInput: true });
  if (parsed.success) return parsed.data;
  for (const issue of parsed.error.issues) yaml.problems.push(...problemsOf(yaml, schema, issue, path));
  return undefined;
}

function problemsOf(
  yaml: Yaml,
  schema: z.ZodType,
  issue: z.core.$ZodIssue,
  base: readonly PropertyKey[],
): readonly Problem[] {
  const path = [...base, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, issue.path);
    return issue.keys.slice(0, unknownKeysMax).map((key) => unknownKey(yaml, [...path, key], known));
  }
  if (issue.input === undefined && issue.code === 'invalid_type') return [missing(yaml, path)];
  const isEmpty = issue.input === null && issue.code !== 'custom';
  const message = isEmpty ? 'there is no value: give it one, or leave the key out' : issue.message;
  return [problemAt(yaml.file, yaml.places.ofValue(path), `${named(path)}${message}`)];
}

/** So many unknown keys are no slips: this is another program's file. */
export const unknownKeysMax = 60;

export function unknownKey(yaml: Yaml, path: readonly PropertyKey[], known: readonly string[]): Problem {
  const key = String(path.at(-1));
  const place = yaml.places.ofKey(path);
  const below = path.length === 1 ? lowerWords.get(key) : undefined;
  if (below !== undefined) return problemAt(yaml.file, place, `${key} stands below ${below}`, `${below}: ${key}: …`);
  const message = `unknown key ${JSON.stringify(key)}${didYouMean(key, known)}`;
  return problemAt(yaml.file, place, message, known.length === 0 ? undefined : `keys here: ${known.join(', ')}`);
}

export function missing(yaml: Yaml, path: readonly PropertyKey[]): Problem {
  const place = yaml.places.ofValue(path);
  return problemAt(yaml.file, place, `${showPath(path)} is missing`);
}

/** Where the value of `path` stands, or what is around it. */
export function atValue(yaml: Yaml, path: readonly PropertyKey[], message: string, next?: string): Problem {
  return problemAt(yaml.file, yaml.places.ofValue(path), `${named(path)}${message}`, next);
}

function named(path: readonly PropertyKey[]): string {
  return path.length === 0 ? '' : `${showPath(path)}: `;
}

/** `channels[1].udp.node1`; items are counted from 0. */
function showPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`;
    return text === '' ? String(key) : `${text}.${String(key)}`;
  }, '');
}

/** The keys that a strict object of the schema knows at `path`. */
function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): readonly string[] {
  const bare = unwrapped(schema);
  const [first, ...rest] = path;
  if (bare instanceof z.ZodRecord && first !== undefined) return keysAt(bare.valueType, rest);
  if (!(bare instanceof z.ZodObject)) return [];
  const shape: Readonly<Record<string, z.core.$ZodType>> = bare.shape;
  if (first === undefined) return Object.keys(shape);
  const child = shape[String(first)];
  return child === undefined ? [] : keysAt(child, rest);
}

/** Behind defaults and transformations. */
function unwrapped(schema: z.core.$ZodType): z.core.$ZodType {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return unwrapped(schema.unwrap());
  }
  return schema instanceof z.ZodPipe ? unwrapped(schema.in) : schema;
}
