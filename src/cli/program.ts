import { Command, InvalidArgumentError, Option } from 'commander';
import { eventsLimitMax } from '../control/parseRequest.ts';
import type { Call } from './daemon.ts';
import type { Io } from './io.ts';
import { parseDuration, parseMoment } from './text/parseTime.ts';

/**
 * The command line: every verb, its options and its help. A verb's code is loaded when it is called, so that
 * `hactl status` does not wait for what only `hactl check` needs.
 */
export function createProgram(io: Io, onExitCode: (code: number) => void): Command {
  const program = new Command('hactl')
    .description('Shows and steers a pair of machines that run twinbeatd.')
    .option('--config <file>', 'configuration that check reads', '/etc/twinbeat/twinbeat.yaml')
    .option('--socket <path>', 'socket of the daemon', '/run/twinbeat/control.sock')
    .option('--json', 'print JSON, one value a line')
    .exitOverride()
    .configureOutput({ writeOut: (text) => void io.out(text.trimEnd()), writeErr: (text) => io.err(text.trimEnd()) })
    .configureHelp({ showGlobalOptions: true, helpWidth: io.width() })
    .showHelpAfterError('(run hactl help)')
    .addHelpText('after', `\n${exitCodeHelp}`);

  const add: Add = (name, summary, run) => {
    const command = program.command(name).description(summary);
    command.action(async () => {
      const { socket, config, json } = program.opts<{ socket: string; config: string; json?: boolean }>();
      const call = { io, socketPath: socket, configFile: config, isJson: json === true };
      onExitCode(await run({ call, words: command.args, options: command.opts(), command }));
    });
    return command;
  };
  addReadingVerbs(add);
  addMovingVerbs(add);
  addSyncVerbs(add);
  return program;
}

interface Invocation {
  readonly call: Call;
  /** The words after the verb that are no options; commander has counted them. */
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly command: Command;
}

type Add = (name: string, summary: string, run: (invocation: Invocation) => Promise<number>) => Command;

const exitCodeHelp = `Exit codes: 0 ok, 1 failed, 2 wrong command line, 3 degraded (status), 4 daemon not
reachable, 5 refused as unsafe, 6 config invalid, 7 timed out, 8 not confirmed.`;

function addReadingVerbs(add: Add): void {
  add('status', 'what is active where, why, and what to do next', async ({ call, options }) => {
    if (options['watch'] === true) return (await import('./verbs/watch.ts')).watch(call);
    return (await import('./verbs/status.ts')).status(call);
  }).option('--watch', 'go on showing it until Ctrl-C');

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

function addMovingVerbs(add: Add): void {
  const addMove = (verb: 'takeover' | 'release', summary: string): void => {
    add(`${verb} [groups...]`, summary, async ({ call, words, options, command }) => {
      requireReason(options, command);
      const { timeout, ...rest } = options;
      const { move } = await import('./verbs/move.ts');
      return move(call, verb, words, { ...rest, timeoutMs: Number(timeout) });
    })
      .option('--wait', 'show the steps, and end when the groups have moved')
      .option('--dry-run', 'say what would happen, and do nothing')
      .option('--force', 'override a stale or lagging copy (needs --reason)')
      .option('--reason <text>', 'kept in the journal')
      .addOption(timeoutOption());
  };
  addMove('takeover', 'take groups over on this node (all that it does not own)');
  addMove('release', 'hand groups over to the peer (all that this node owns)');

  add('confirm-dead <node>', 'state that a silent node is off for certain', async ({ call, words, options }) => {
    const { reason, force } = options;
    const asked = { verb: 'confirm-dead', node: words[0] ?? '', reason: String(reason) } as const;
    const { state } = await import('./verbs/operator.ts');
    return state(call, force === true ? { ...asked, force } : asked);
  })
    .requiredOption('--reason <text>', 'how you know; kept in the journal')
    .option('--force', 'also when its address still answers');

  add('confirm-stopped <group>', 'state that nothing of a group runs any more', async ({ call, words, options }) => {
    const { state } = await import('./verbs/operator.ts');
    return state(call, { verb: 'confirm-stopped', group: words[0] ?? '', reason: String(options['reason']) });
  }).requiredOption('--reason <text>', 'how you know; kept in the journal');

  add('ack [group]', 'allow automatic moves again after too many', async ({ call, words }) => {
    const { state } = await import('./verbs/operator.ts');
    return state(call, words[0] === undefined ? { verb: 'ack' } : { verb: 'ack', group: words[0] });
  });
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

function requireReason({ force, reason }: Readonly<Record<string, unknown>>, command: Command): void {
  if (force === true && reason === undefined) {
    command.error('error: --force needs --reason TEXT, which is kept in the journal', { exitCode: 2 });
  }
}

function timeoutOption(): Option {
  return new Option('--timeout <time>', 'give up waiting after it; the move goes on')
    .default(60_000, '60s')
    .argParser((text) => {
      const ms = parseDuration(text);
      // The longest that a timer takes is 24 days.
      if (ms === undefined || ms < 1 || ms > 86_400_000) throw new InvalidArgumentError('Say it like 60s, 5min or 1h.');
      return ms;
    });
}

function momentOption(text: string): string {
  const moment = parseMoment(text, new Date());
  if (moment === undefined) throw new InvalidArgumentError('Say it like 1h, 12:03 or 2026-11-20T12:03:11Z.');
  return moment;
}

function limitOption(text: string): number {
  const limit = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > eventsLimitMax)
    throw new InvalidArgumentError(`A whole number from 1 to ${eventsLimitMax}.`);
  return limit;
}
