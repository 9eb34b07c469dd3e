import type { Command } from 'commander';
import { createProgram } from '../../src/cli/program.ts';
import { exitCodes } from '../../src/control/controlProtocol.ts';
import { table } from './table.ts';

/** docs/manual/hactl.md: what `hactl help VERB` prints, of every verb. */
export function commandsPage(): string {
  const program = createProgram(silentIo, () => undefined);
  const verbs = program
    .createHelp()
    .visibleCommands(program)
    .filter((command) => command.name() !== 'help');
  return `# hactl

Made by \`npm run docs\` from the program itself: this is what \`hactl help VERB\` prints.

Every verb takes \`--json\` and prints one JSON value a line; fields are only ever added. Text is for people: what deviates
comes first, each fact of the other node has its age, and a refusal says what to type next. \`--socket PATH\` names
another daemon, \`--config FILE\` other files for the verbs that read them.

${table(
  ['exit code', 'means'],
  Object.entries(meanings).map(([code, means]) => [String(exitCodes[code as Code]), means]),
)}

${verbs.map(verbSection).join('\n')}`;
}

type Code = keyof typeof exitCodes;

const meanings: Readonly<Record<Code, string>> = {
  ok: 'done. Of `status`: both nodes are online, no jeopardy, each group is active once; the same whichever node is asked',
  failed: 'it failed, and the sentence says why',
  usage: 'a wrong command line; nothing was asked of the daemon',
  degraded: '`status`: something of the above is not so. `resource status`: not running, or failed',
  unreachable: 'no daemon answers',
  refused: 'refused as unsafe or impossible now: nothing was done',
  configInvalid: 'the configuration is not valid',
  timedOut: 'not finished in time; what was ordered may still go on',
  notConfirmed: 'the waiting was ended (Ctrl-C); what was ordered goes on',
};

function verbSection(command: Command): string {
  let text = '';
  command.configureHelp({ showGlobalOptions: false, helpWidth: 80 });
  command.configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => 80 });
  command.outputHelp();
  return `## hactl ${command.name()}\n\n\`\`\`\n${text.trim()}\n\`\`\`\n`;
}

const silentIo: Parameters<typeof createProgram>[0] = {
  out: () => undefined,
  err: () => undefined,
  isTerminal: false,
  hasColours: false,
  settle: () => undefined,
  width: () => 80,
  openScreen: () => {
    throw new Error('a page has no screen');
  },
  interrupted: () => new AbortController().signal,
};
