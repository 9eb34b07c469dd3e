import { Argument } from 'commander';
import { grammar } from '../sim/live/script.ts';
import { type Add, momentOption } from './command.ts';

/** Verbs that think with the live state of the core, and touch nothing. */
export function addThinkingVerbs(add: Add): void {
  add('explain [group]', 'every rule beside the facts, and the one that decides', async ({ call, words, options }) =>
    (await import('./verbs/explain.ts')).explain(call, words[0], options),
  )
    .option('--at <time>', 'as it was then, by the journal: 1h, 12:03, RFC 3339', momentOption)
    .option(...snapshotOption);

  add('why-not <node> [group]', 'why that node does not take a group over, and what to type', async (invocation) => {
    const { call, words, options } = invocation;
    const { whyNotVerb } = await import('./verbs/whyNot.ts');
    return whyNotVerb(call, words[0] ?? '', words[1], options['snapshot'] as string | undefined);
  }).option(...snapshotOption);

  add('timing', 'what the times must keep, what was measured, and a deadtime that fits', async ({ call }) =>
    (await import('./verbs/timing.ts')).timing(call),
  );

  add('plan', 'the steps of a move, in order, with their bounds', async ({ call, words, options, command }) => {
    const { plan, plannedOf } = await import('./verbs/plan.ts');
    const [what = '', ...groups] = words;
    return plan(call, plannedOf(what, groups, options, command), options);
  })
    .addArgument(new Argument('<what>', 'stop: of this daemon').choices(['takeover', 'release', 'stop']))
    .argument('[groups...]')
    .option('--force', 'as with --force of the move')
    .option(...snapshotOption);

  add(
    'simulate <script>',
    'what would happen, by the shipped core; touches nothing',
    async ({ call, words, options }) => (await import('./verbs/simulate.ts')).simulate(call, words[0] ?? '', options),
  )
    .option(...snapshotOption)
    .addHelpText('after', `\n${scriptHelp()}`);

  add('replay [file]', 'the newest events, or a recording, through the core again', async ({ call, words }) =>
    (await import('./verbs/replay.ts')).replay(call, words[0]),
  ).addHelpText('after', `\n${replayHelp}`);

  add('snapshot', 'all that the daemon knows, as JSON: for --snapshot', async ({ call }) =>
    (await import('./verbs/snapshot.ts')).snapshot(call),
  );
}

/** `  cut WAY[,WAY]  a channel or a medium fails`, in two columns. */
function scriptHelp(): string {
  const width = Math.max(...grammar.map(([usage]) => usage.length));
  const lines = grammar.map(([usage, what]) => `  ${usage.padEnd(width)}  ${what}`);
  return `A script is commands with ; in between, as in: 'cut lan,serial; wait 20s'\n${lines.join('\n')}`;
}

const replayHelp = `After each decision the daemon writes the events around it to recordings/ in its
state directory. Ends with 0 when the same decisions come out, with 1 and the
first event that differs when not: an upgrade may have changed a rule.`;

const snapshotOption = [
  '--snapshot <file>',
  'think with what hactl snapshot has written, not with the daemon',
] as const;
