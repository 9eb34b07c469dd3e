import {
  type Document,
  type ErrorCode,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
  visit,
} from 'yaml';
import { type Place, type Problem, problemAt } from './problem.ts';

/** Where values stand, by the keys and list indices that lead to them. */
export interface YamlPlaces {
  /** Of the value, or of the innermost map or list on the way to it that exists. */
  ofValue(path: readonly PropertyKey[]): Place;
  /** Of the key that is the last of `path`. */
  ofKey(path: readonly PropertyKey[]): Place;
}

export interface YamlText {
  /** Plain maps, lists, texts, numbers, booleans and nulls; undefined when the text is no YAML. */
  readonly value: unknown;
  readonly places: YamlPlaces;
  readonly problems: readonly Problem[];
}

/**
 * Reads YAML 1.2 as far as a config needs it: one document, without anchors, tags and keys that are not text.
 * Those have no use here, and aliases could stand for gigabytes.
 */
export function readYaml(file: string, text: string): YamlText {
  const lines = new LineCounter();
  const deep = tooDeep(text);
  if (deep !== undefined) return unreadable(problemAt(file, deep, 'brackets are nested too deeply', 'see the example'));
  let document: Document.Parsed;
  try {
    document = parseDocument(text, {
      lineCounter: lines,
      logLevel: 'error',
      prettyErrors: false,
      stringKeys: true,
      uniqueKeys: false, // Compares each key with all others; `oddities` does it in one pass.
      version: '1.2',
    });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return unreadable(problemAt(file, { line: 1, column: 1 }, 'the file is nested too deeply to be read'));
  }
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const wrong = [...document.errors, ...document.warnings];
  const syntax = firstOfEachLine(
    wrong.map(({ code, pos, message }) => problemAt(file, placeOf(pos[0]), sentence(code, message))),
  );
  const odd = wrong.length > 0 ? [] : oddities(document).map(({ at, says }) => problemAt(file, placeOf(at), says));
  const problems = [...syntax, ...odd];
  const isReadable = syntax.length === 0 && !hasAlias(document);
  return { value: isReadable ? document.toJS() : undefined, places: placesIn(document, placeOf), problems };
}

/** Nobody nests that deep; the parser's time grows with the square of it. */
const depthMax = 24;

function tooDeep(text: string): Place | undefined {
  let depth = 0;
  for (const [index, line] of text.split('\n').entries()) {
    const code = line.replace(/(^|\s)#.*$/, '');
    for (const match of code.matchAll(/[[\]{}]|[?-](?=\s)/g)) {
      const [sign] = match;
      if (sign === '[' || sign === '{') depth += 1;
      if (sign === ']' || sign === '}') depth = Math.max(0, depth - 1);
      const inLine = sign === '?' || sign === '-' ? code.slice(0, match.index).split(/[?-]\s/).length : 0;
      if (depth > depthMax || inLine > depthMax) return { line: index + 1, column: match.index + 1 };
    }
  }
  return undefined;
}

function unreadable(problem: Problem): YamlText {
  const start = { line: 1, column: 1 };
  return { value: undefined, places: { ofValue: () => start, ofKey: () => start }, problems: [problem] };
}

function sentence(code: ErrorCode, message: string): string {
  if (code === 'MULTIPLE_DOCS') return 'a second document begins here: a config is one';
  return `this is no YAML: ${message.replaceAll(/\s+/g, ' ').trim()}`;
}

/** What the parser says further on follows from the first. */
function firstOfEachLine(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Set<number>();
  return problems.filter(({ line }) => {
    const isFirst = !seen.has(line);
    seen.add(line);
    return isFirst;
  });
}

interface Oddity {
  readonly at: number;
  readonly says: string;
}

function oddities(document: Document.Parsed): readonly Oddity[] {
  const found: Oddity[] = [];
  visit(document, {
    Node: (_, node) => {
      const at = node.range?.[0] ?? 0;
      if (isAlias(node))
        found.push({ at, says: `aliases are not read here: write out what *${node.source} stands for` });
      else if (node.tag !== undefined) found.push({ at, says: `tags are not read here: leave ${node.tag} out` });
    },
    Map: (_, map) => {
      const seen = new Set<string>();
      for (const { key } of map.items) {
        const name = isScalar(key) ? String(key.value) : '';
        const at = isNode(key) ? (key.range?.[0] ?? 0) : 0;
        if (seen.has(name)) found.push({ at, says: `"${name}" is there twice: keep one` });
        // Would reach behind the plain object that the map becomes.
        if (name === '__proto__') found.push({ at, says: 'no key is called __proto__' });
        seen.add(name);
      }
    },
  });
  return found;
}

function hasAlias(document: Document.Parsed): boolean {
  let isFound = false;
  visit(document, {
    Alias: () => {
      isFound = true;
      return visit.BREAK;
    },
  });
  return isFound;
}

function placesIn(document: Document.Parsed, placeOf: (offset: number) => Place): YamlPlaces {
  const start = (node: unknown): number => (isNode(node) ? (node.range?.[0] ?? 0) : 0);
  const find = (path: readonly PropertyKey[]): { readonly node: Node | null; readonly isWhole: boolean } => {
    let node: Node | null = document.contents;
    for (const key of path) {
      const child: unknown = isCollection(node) ? node.get(key, true) : undefined;
      if (!isNode(child)) return { node, isWhole: false };
      node = child;
    }
    return { node, isWhole: true };
  };
  return {
    ofValue: (path) => placeOf(start(find(path).node)),
    ofKey: (path) => {
      const { node } = find(path.slice(0, -1));
      const pair = isMap(node)
        ? node.items.find((item) => isPair(item) && isScalar(item.key) && String(item.key.value) === path.at(-1))
        : undefined;
      return placeOf(start(pair?.key ?? node));
    },
  };
}
