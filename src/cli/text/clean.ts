/** Control characters, line separators, marks that turn the direction of text, and halves of characters. */
const unprintable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/** `text` on one line and without anything that steers a terminal: a name must not clear the screen. */
export function clean(text: string): string {
  return text.replaceAll(unprintable, '?');
}

/** The same for every string, and every key, of a JSON value. */
export function cleanAll<T>(value: T): T {
  return cleaned(value) as T;
}

/** JSON on one line; what a terminal would obey is escaped, and what it says stays the same. */
export function jsonLine(value: unknown): string {
  const escape = (found: string): string => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replaceAll(unprintable, escape);
}

function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return clean(value);
  if (Array.isArray(value)) return (value as readonly unknown[]).map(cleaned);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [clean(key), cleaned(field)]));
}
