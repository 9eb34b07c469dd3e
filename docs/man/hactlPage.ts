import type { Command, Option } from 'commander';
import type { Io } from '../../src/cli/io.ts';
import { createProgram } from '../../src/cli/program.ts';
import { type Entry, list, page, paragraph, section, subsection } from './roff.ts';
import { capital } from './usageEntries.ts';

/** hactl(8), from the tree that parses the command line. */
export function hactlPage(version: string): string {
  const program = createProgram(silent, () => undefined);
  const help = program.createHelp();
  const verbs = help.visibleCommands(program).filter((verb) => verb.name() !== 'help');
  return page('hactl', 8, version, [
    section('Name', 'hactl \\- shows and steers a pair of machines that run twinbeatd'),
    section('Synopsis', paragraph('`hactl` [OPTIONS] VERB [WORDS]')),
    section(
      'Description',
      paragraph(
        `Asks the daemon of this machine, by a socket, and prints what it answers. Reading verbs change nothing, and
        the group twinbeat may use them with \`--socket /run/twinbeat/status.sock\`; the others are for root and for
        the user of the daemon.`,
      ),
      paragraph('Everything has `--json`; the text is for people, and may change.'),
    ),
    section('Options', list(program.options.map(optionEntry))),
    section('Verbs', ...verbs.map(verbPart)),
    section('Exit codes', list(exitCodes)),
    section('Files', list(files)),
    section('See also', paragraph('twinbeatd(8), twinbeat-runner(8), twinbeat.yaml(5), haresources(5)')),
  ]);
}

function verbPart(verb: Command): string {
  const words = verb.registeredArguments.map((argument) => {
    const name = `${argument.name().toUpperCase()}${argument.variadic ? '...' : ''}`;
    return argument.required ? name : `[${name}]`;
  });
  const choices = verb.registeredArguments.flatMap(({ argChoices }) => argChoices ?? []);
  const known = choices.length === 0 ? '' : ` One of: ${choices.join(', ')}.`;
  const parts = [paragraph(`${capital(verb.description())}${known}`)];
  if (verb.options.length > 0) parts.push('.RS', list(verb.options.map(optionEntry)), '.RE');
  return subsection([verb.name(), ...words].join(' '), ...parts);
}

function optionEntry(option: Option): Entry {
  const term = option.flags.replaceAll(/<([^>]+)>/g, (_, name: string) => name.toUpperCase());
  const value: unknown = option.defaultValue;
  const shown = option.defaultValueDescription ?? (typeof value === 'string' ? value : '');
  const byDefault = shown === '' ? '' : ` Default: \`${shown}\`.`;
  return { term, text: `${capital(option.description)}${byDefault}${option.mandatory ? ' Must be given.' : ''}` };
}

const exitCodes: readonly Entry[] = [
  { term: '0', text: 'Ok. For `status`: both nodes online, no jeopardy, each group active once.' },
  { term: '1', text: 'Failed.' },
  { term: '2', text: 'A wrong command line.' },
  { term: '3', text: '`status`: degraded.' },
  { term: '4', text: 'No daemon answers.' },
  { term: '5', text: 'Refused as unsafe; the answer says what to type.' },
  { term: '6', text: 'The config is not valid.' },
  { term: '7', text: 'It took too long. What was ordered goes on.' },
  { term: '8', text: 'Not confirmed.' },
];

const files: readonly Entry[] = [
  { term: '/run/twinbeat/control.sock', text: 'Every verb; for root and the user of the daemon.' },
  { term: '/run/twinbeat/status.sock', text: 'Verbs that only read; for the group twinbeat.' },
  { term: '/run/twinbeat/sync.sock', text: '`sync-begin` and `sync-end`; for the group twinbeat-sync.' },
];

/** The tree is looked at, and nothing of it is run. */
const silent: Io = {
  out: () => undefined,
  err: () => undefined,
  isTerminal: false,
  hasColours: false,
  settle: () => undefined,
  width: () => 80,
  openScreen: () => unreachable(),
  interrupted: () => unreachable(),
};

function unreachable(): never {
  throw new Error('a page runs no verb');
}
