import type { NodeName } from '../core/identity.ts';
import { groupNamePattern, type HaLine, readHaresources, type Word } from './haresources.ts';
import { type Means, shortNameOf } from './means.ts';
import { didYouMean } from './nearest.ts';
import { parseResource, type WordProblem } from './parseResource.ts';
import { type Place, type Problem, problemAt } from './problem.ts';

/** One line of haresources, understood and named. */
export interface GroupLine {
  readonly name: string;
  readonly place: Place;
  readonly node: NodeName;
  readonly resources: readonly LineResource[];
}

export interface LineResource {
  readonly word: string;
  /** The script, agent, unit or address: what people call it by. */
  readonly shortName: string;
  readonly means: Means;
  readonly place: Place;
}

/**
 * The groups of haresources. A group's name is what the comment `# group: NAME` above its line says. Without one it is
 * the last service of the line (`zeo`), else its first address (`192-168-1-50`); two lines that come to the same name
 * need the comment.
 */
export function readGroupLines(
  file: string,
  text: string,
  known: Known,
): { readonly lines: readonly GroupLine[]; readonly problems: readonly Problem[] } {
  const read = readHaresources(file, text);
  const problems: Problem[] = [...read.problems];
  const lines: GroupLine[] = [];
  for (const line of read.lines) {
    const node = line.node.text.toLowerCase();
    if (known.nodes?.includes(node) === false) problems.push(noSuchNode(file, line.node, known.nodes));
    const resources: LineResource[] = [];
    for (const word of line.resources) {
      const means = parseResource(word.text);
      problems.push(...hostProblem(file, word, means, known.hosts));
      if ('kind' in means) {
        resources.push({ word: word.text, shortName: shortNameOf(means), means, place: word });
      } else {
        problems.push(problemAt(file, { line: word.line, column: word.column + means.at }, means.message, means.next));
      }
    }
    if (resources.length > resourcesMax) {
      problems.push(problemAt(file, line.node, `a group has at most ${resourcesMax} resources`));
    }
    const name = line.name?.text ?? usualName(resources);
    lines.push({ name, place: line.node, node, resources });
    problems.push(...nameProblem(file, line, name, lines));
  }
  problems.push(...doubles(file, lines));
  return { lines, problems };
}

/** What the rest of the config says about the words of haresources. */
export interface Known {
  /** Undefined where the list of nodes cannot be read: any node will do. */
  readonly nodes: readonly NodeName[] | undefined;
  /** Addresses of the machines themselves, each with whose it is. */
  readonly hosts: ReadonlyMap<string, string>;
}

/** Nobody reads a status of more. */
const resourcesMax = 64;
const nameCharactersMax = 32;

/** Scripts that do something at each move and hold nothing: no group is named after one, and several lines may have one. */
const passers: readonly string[] = ['AudibleAlarm', 'Delay', 'MailTo', 'SendArp'];

function isPasser(resource: LineResource): boolean {
  return passers.includes(resource.shortName);
}

function usualName(resources: readonly LineResource[]): string {
  const services = resources.filter(
    (resource) => resource.means.kind !== 'address' && !isPasser(resource) && resource.shortName !== 'syncer',
  );
  const from = services.at(-1) ?? resources.find(({ means }) => means.kind === 'address') ?? resources[0];
  const plain = from?.shortName.replace(/\.(service|target|socket|mount|timer|path|slice)$/, '') ?? '';
  return plain
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '-')
    .slice(0, nameCharactersMax);
}

function nameProblem(file: string, line: HaLine, name: string, lines: readonly GroupLine[]): readonly Problem[] {
  const at = line.name ?? line.node;
  const earlier = lines.slice(0, -1).find((other) => other.name === name);
  // A bad name in a comment is reported where the comment is read.
  if (earlier === undefined || !groupNamePattern.test(name)) return [];
  const message = `line ${earlier.place.line} is the group ${JSON.stringify(name)} already`;
  return [problemAt(file, at, message, 'write above this line: # group: ANOTHER-NAME')];
}

function noSuchNode(file: string, node: Word, nodes: readonly NodeName[]): Problem {
  const isContinuation = node.text.includes('::') || node.text.includes('/');
  const meant = didYouMean(node.text, nodes);
  const next = isContinuation ? 'a line begins with a node; end the line above with "\\" to continue it' : undefined;
  return problemAt(
    file,
    node,
    `${JSON.stringify(node.text)} is not one of the nodes ${nodes.join(', ')}${meant}`,
    next,
  );
}

/** A floating address that is the host's own would be on both nodes for ever. */
function hostProblem(
  file: string,
  word: Word,
  means: Means | WordProblem,
  hosts: ReadonlyMap<string, string>,
): readonly Problem[] {
  const owner = 'kind' in means && means.kind === 'address' ? hosts.get(means.address) : undefined;
  if (owner === undefined) return [];
  return [
    problemAt(file, word, `this address is ${owner}`, 'a floating address is a third one, that neither machine has'),
  ];
}

/** A resource belongs to one group; an address to one resource, however it is written. */
function doubles(file: string, lines: readonly GroupLine[]): readonly Problem[] {
  const problems: Problem[] = [];
  const seen = new Map<string, Place>();
  for (const [index, { resources }] of lines.entries()) {
    for (const resource of resources) {
      const { means, place, word } = resource;
      const key = means.kind === 'address' ? means.address : word;
      const scoped = isPasser(resource) ? `${index} ${key}` : key;
      const earlier = seen.get(scoped);
      if (earlier === undefined) {
        seen.set(scoped, place);
        continue;
      }
      const where = earlier.line === place.line ? `earlier in the line` : `in line ${earlier.line}`;
      problems.push(problemAt(file, place, `${key} is there already, ${where}: a resource belongs to one group, once`));
    }
  }
  return problems;
}
