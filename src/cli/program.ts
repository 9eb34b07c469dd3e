import { Argument, Command } from 'commander';
import { readVersion } from '../control/version.ts';
import { type Add, limitOption, momentOption } from './command.ts';
import { addHandVerbs } from './handVerbs.ts';
import type { Io } from './io.ts';
import { addMovingVerbs } from './movingVerbs.ts';
import { addSetupVerbs } from './setupVerbs.ts';
import { addThinkingVerbs } from './thinkingVerbs.ts';

/** The command line: every verb, its options and its help. */
export function createProgram(io: Io, onExitCode: (code: number) => void): Command {
  const program = new Command('hactl')
    .description('Shows and steers a pair of machines that run twinbeatd.')
    .option('--config <file>', 'configuration that check reads', '/etc/twinbeat/twinbeat.yaml')
    .option('--socket <path>', 'socket of the daemon', '/run/twinbeat/control.sock')
    .option('--json', 'print JSON, one value a line')
    .version(`hactl ${readVersion()}`, '--version', 'the version of hactl alone')
    .exitOverride()
    .configureOutput({ writeOut: (text) => void io.out(text.trimEnd()), writeErr: (text) => io.err(text.trimEnd()) })
    .configureHelp({ showGlobalOptions: true, helpWidth: io.width(), minWidthToWrap: 20, subcommandTerm })
    .showHelpAfterError('(run hactl help)')
    .addHelpText('after', `\n${exitCodeHelp}`);

  const add: Add = (name, summary, run, look) => {
    const command = program.command(name, look).description(summary);
    command.action(async () => {
      const { socket, config, json } = program.opts<{ socket: string; config: string; json?: boolean }>();
      const call = { io, socketPath: socket, configFile: config, isJson: json === true };
      onExitCode(await run({ call, words: command.args, options: command.opts(), command }));
    });
    return command;
  };
  addReadingVerbs(add);
  addThinkingVerbs(add);
  addMovingVerbs(add);
  addHandVerbs(add);
  addSyncVerbs(add);
  addSetupVerbs(add);
  addCompletion(add, program);
  return program;
}

/** The words alone: that a verb has options goes without saying, and 80 columns are few. */
function subcommandTerm(command: Command): string {
  const words = command.registeredArguments.map((argument) => {
    const name = `${argument.name()}${argument.variadic ? '...' : ''}`;
    return argument.required ? `<${name}>` : `[${name}]`;
  });
  return [command.name(), ...words].join(' ');
}

const exitCodeHelp = `Exit codes: 0 ok, 1 failed, 2 wrong command line, 3 degraded (status), 4 no
daemon answers, 5 refused as unsafe, 6 config invalid, 7 timed out, 8 not
confirmed.`;

function addReadingVerbs(add: Add): void {
  add('status', 'what is active where, why, and what to do next', async ({ call, options }) => {
    if (options['watch'] === true) return (await import('./verbs/watch.ts')).watch(call);
    return (await import('./verbs/status.ts')).status(call);
  }).option('--watch', 'the same as hactl watch');

  add('watch', 'the same, live, with the newest events', async ({ call }) =>
    (await import('./verbs/watch.ts')).watch(call),
  );

  add('events', 'what happened and was decided, oldest first', async ({ call, options }) =>
    (await import('./verbs/events.ts')).events(call, options),
  )
    .option('--since <time>', 'only later ones: 1h, 12:03, 2026-11-20 12:03, RFC 3339', momentOption)
    .option('--follow', 'go on with what happens until Ctrl-C')
    .option('--limit <count>', 'at most so many, the newest', limitOption);

  add('check', 'every problem of the configuration, and what it promises', async ({ call }) =>
    (await import('./verbs/check.ts')).check(call),
  );

  add('version', 'the version of hactl and of the daemon', async ({ call }) =>
    (await import('./verbs/version.ts')).version(call),
  );
}

function addSyncVerbs(add: Add): void {
  add(
    'sync-begin <group>',
    "begin a sync of this node's copy; prints the owner epoch",
    async ({ call, words, options }) =>
      (await import('./verbs/sync.ts')).syncBegin(call, words[0] ?? '', options['rewrites'] === true),
  ).option('--rewrites', 'the sync does more than append: until its end the copy counts as none');

  add('sync-end <group>', 'the sync that was begun is complete', async ({ call, words }) =>
    (await import('./verbs/sync.ts')).syncEnd(call, words[0] ?? ''),
  );
}

function addCompletion(add: Add, program: Command): void {
  add('completion', 'a script that completes what you type, for your shell', async ({ call, words }) => {
    const { completion, shells } = await import('./verbs/completion.ts');
    const shell = shells.find((known) => known === words[0]) ?? 'bash';
    return completion(call, shell, program);
  })
    .addArgument(new Argument('<shell>', 'which shell').choices(['bash', 'zsh', 'fish']))
    .addHelpText('after', '\nFor this shell only: source <(hactl completion bash)');

  const summary = 'names that the daemon knows, for completion';
  add('names', summary, async ({ call, words }) => (await import('./verbs/completion.ts')).names(call, words), {
    hidden: true,
  })
    .addArgument(new Argument('<kind>').choices(['groups', 'nodes', 'resources']))
    .argument('[group]');
}
