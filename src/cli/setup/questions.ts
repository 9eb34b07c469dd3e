import { parseEndpoint } from '../../config/endpoint.ts';
import { parseAddress } from '../../config/parseAddress.ts';
import { parseResource } from '../../config/parseResource.ts';
import { type Answers, baudDefault, type ChannelAnswer } from './answers.ts';
import type { LocalAddress, Machine } from './machine.ts';

/** Asks a person. Undefined: he will not answer any more (Ctrl-C, Ctrl-D). */
export interface Asker {
  ask(question: string): Promise<string | undefined>;
  say(text: string): void | Promise<void>;
}

/** The person went away. */
class NobodyThere extends Error {}

/** A question that is answered wrongly so often is asked of the wrong one. */
const triesMax = 5;

/** Asks for everything that `given` does not say. Undefined when nobody answers. */
export async function askAnswers(
  asker: Asker,
  machine: Machine,
  given: Partial<Answers>,
): Promise<Answers | undefined> {
  try {
    const cluster = given.cluster ?? (await ask(asker, 'Name of the pair', 'pair', nameProblem));
    const nodes = given.nodes ?? (await askNodes(asker, machine));
    const channels = given.channels ?? (await askChannels(asker, machine, nodes));
    const address = given.address ?? (await askAddress(asker));
    const resources = given.resources ?? (await askResources(asker));
    return { cluster, nodes, channels, address, resources };
  } catch (error) {
    if (error instanceof NobodyThere) return undefined;
    throw error;
  }
}

/** Yes unless the answer is no, or nobody answers. */
export async function confirm(asker: Asker, question: string, isYesUsual: boolean): Promise<boolean> {
  const answer = await asker.ask(`${question} [${isYesUsual ? 'Y/n' : 'y/N'}] `);
  if (answer === undefined) return false;
  const word = answer.trim().toLowerCase();
  return word === '' ? isYesUsual : word.startsWith('y');
}

async function askNodes(asker: Asker, { hostName }: Machine): Promise<readonly [string, string]> {
  const own = await ask(asker, 'Name of this node (uname -n)', hostName, nodeProblem);
  const other = await ask(asker, 'Name of the other node', undefined, (text) =>
    text === own ? 'the two nodes need two names' : nodeProblem(text),
  );
  return [own, other];
}

async function askChannels(
  asker: Asker,
  machine: Machine,
  nodes: readonly [string, string],
): Promise<readonly ChannelAnswer[]> {
  await asker.say(
    `\nChannels: ways between ${nodes.join(' and ')}. Two that share no switch, cable or card are the least.`,
  );
  const channels: ChannelAnswer[] = [];
  for (const local of machine.addresses) {
    const channel = await askUdp(asker, local, nodes[1]);
    if (channel !== undefined) channels.push(channel);
  }
  for (const device of machine.serialPorts) {
    if (!(await confirm(asker, `Is ${device} cabled to ${nodes[1]}?`, false))) continue;
    const theirs = await ask(asker, `  its name on ${nodes[1]}`, device, deviceProblem);
    const name = device.replace(/^.*\//, '').slice(0, nameLengthMax);
    channels.push({ type: 'serial', name, devices: [device, theirs], baud: baudDefault });
  }
  if (channels.length === 0) {
    await asker.say(
      'No channel was found or chosen: what has an address, or is a serial port, can be one. Without any',
    );
    await asker.say('there is no pair. All of them can be named on the command line, too: hactl help init');
    throw new NobodyThere();
  }
  return channels;
}

const nameLengthMax = 32;

async function askUdp(asker: Asker, local: LocalAddress, peer: string): Promise<ChannelAnswer | undefined> {
  const question = `${local.device} has ${local.cidr}. Address of ${peer} there, or Enter if it leads elsewhere`;
  const theirs = await ask(asker, question, '', (text) => {
    if (text === '') return undefined;
    if (text === local.address) return `that is this node's own`;
    const parsed = parseEndpoint(text);
    return typeof parsed === 'string' ? parsed : undefined;
  });
  return theirs === '' ? undefined : { type: 'udp', name: local.device, addresses: [local.address, theirs] };
}

async function askAddress(asker: Asker): Promise<string | undefined> {
  const question = '\nAddress that moves, as 192.168.1.50/24/eth0, or Enter for none yet';
  const text = await ask(asker, question, '', (word) => {
    const parsed = word === '' ? undefined : parseAddress(word, 0);
    return parsed !== undefined && 'message' in parsed ? parsed.message : undefined;
  });
  return text === '' ? undefined : text;
}

async function askResources(asker: Asker): Promise<readonly string[]> {
  const question =
    'What is started with it, in this order, as systemd:apache2 or zeo::/opt/zope; or Enter for nothing yet';
  const wordsOf = (text: string): readonly string[] => text.split(/\s+/).filter((word) => word !== '');
  const text = await ask(asker, question, '', (answer) =>
    wordsOf(answer)
      .map((word) => ({ word, parsed: parseResource(word) }))
      .flatMap(({ word, parsed }) => ('message' in parsed ? [`${word}: ${parsed.message}`] : []))
      .at(0),
  );
  return wordsOf(text);
}

/** Until the answer is right; Enter takes the usual one. */
async function ask(
  asker: Asker,
  question: string,
  usual: string | undefined,
  problemOf: (text: string) => string | undefined,
): Promise<string> {
  const shown = usual === undefined || usual === '' ? '' : ` [${usual}]`;
  for (let tries = 0; tries < triesMax; tries += 1) {
    const answer = await asker.ask(`${question}${shown}: `);
    if (answer === undefined) throw new NobodyThere();
    const text = answer.trim() === '' ? (usual ?? '') : answer.trim();
    const problem = problemOf(text);
    if (problem === undefined) return text;
    await asker.say(`  ${problem}`);
  }
  throw new NobodyThere();
}

function nameProblem(text: string): string | undefined {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/.test(text)
    ? undefined
    : 'letters, digits, ".", "_" and "-", at most 32, and a letter or digit first';
}

function nodeProblem(text: string): string | undefined {
  return /^[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?$/.test(text)
    ? undefined
    : 'the host name in lower case: letters, digits, "-" and "."';
}

function deviceProblem(text: string): string | undefined {
  return /^\/[\x21-\x7e]{1,254}$/.test(text) ? undefined : 'the whole path, for example /dev/ttyS0';
}
