/**
 * What a value that came out of JSON must look like: the problem, with its place, or undefined.
 *
 * Unknown fields are skipped, so that a daemon that was upgraded a minute ago stays readable. Never throws.
 */
export type Check = (value: unknown, path: string) => string | undefined;

export const text: Check = basic('text', (value) => typeof value === 'string');
export const number: Check = basic('number', Number.isFinite);
export const flag: Check = basic('true or false', (value) => typeof value === 'boolean');

export function basic(expected: string, isIt: (value: unknown) => boolean): Check {
  return (value, path) => (isIt(value) ? undefined : `${path} is no ${expected}`);
}

export function wholeFrom(min: number, max: number): Check {
  const isWhole = (value: unknown): boolean =>
    typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max;
  return basic(`whole number from ${min} to ${max}`, isWhole);
}

export function oneOf(words: readonly string[]): Check {
  return basic(`one of ${words.join(', ')}`, (value) => words.some((word) => word === value));
}

export function optional(check: Check): Check {
  return (value, path) => (value === undefined ? undefined : check(value, path));
}

export function nullable(check: Check): Check {
  return (value, path) => (value === null ? undefined : check(value, path));
}

/** Every field of `T` needs its check: one that was added to the type and not here does not compile. */
export type FieldsOf<T> = { readonly [K in keyof T]-?: Check };

export function object<T = Record<string, unknown>>(fields: FieldsOf<T>): Check {
  const entries = Object.entries(fields) as [string, Check][];
  return (value, path) => {
    if (!isRecord(value)) return `${path} is no object`;
    for (const [name, check] of entries) {
      // Own fields only: what every object inherits is no answer.
      const field = Object.hasOwn(value, name) ? value[name] : undefined;
      const problem = check(field, path === '' ? name : `${path}.${name}`);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
}

/** A union that is told apart by the word in `tag`: the other fields of each member. */
export function tagged<U, K extends keyof U>(
  tag: K & string,
  members: {
    readonly [V in U[K] & string]: FieldsOf<Omit<Extract<U, { readonly [key in K]: V }>, K>>;
  },
): Check {
  const checks = new Map(Object.entries<FieldsOf<unknown>>(members).map(([word, fields]) => [word, object(fields)]));
  return (value, path) => {
    if (!isRecord(value)) return `${path} is no object`;
    const word = Object.hasOwn(value, tag) ? value[tag] : undefined;
    const check = typeof word === 'string' ? checks.get(word) : undefined;
    if (check === undefined)
      return `${path === '' ? tag : `${path}.${tag}`} is none of ${[...checks.keys()].join(', ')}`;
    return check(value, path);
  };
}

export function list(item: Check): Check {
  return (value, path) => {
    if (!Array.isArray(value)) return `${path} is no list`;
    for (const [index, element] of (value as readonly unknown[]).entries()) {
      const problem = item(element, `${path}[${index}]`);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
}

/** The keys are not put into the problem: they may be anything. */
export function record(item: Check): Check {
  return (value, path) => {
    if (!isRecord(value)) return `${path} is no object`;
    for (const element of Object.values(value)) {
      const problem = item(element, `${path}[...]`);
      if (problem !== undefined) return problem;
    }
    return undefined;
  };
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
