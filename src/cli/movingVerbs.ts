import { type Add, requireReason, timeoutOption } from './command.ts';

/** Verbs that move groups, and those that state what the daemon cannot know. */
export function addMovingVerbs(add: Add): void {
  const addMove = (verb: 'takeover' | 'release', summary: string): void => {
    add(`${verb} [groups...]`, summary, async ({ call, words, options, command }) => {
      requireReason(options, command);
      const { timeout, ...rest } = options;
      const { order } = await import('./verbs/order.ts');
      return order(call, { verb, groups: words, ...rest }, verb, Number(timeout));
    })
      .option('--wait', 'show the steps, and end when the groups have moved')
      .option('--dry-run', 'say what would happen, and do nothing')
      .option('--force', 'override an old copy, or files that differ where no node runs the group (needs --reason)')
      .option('--reason <text>', 'kept in the journal')
      .addOption(timeoutOption());
  };
  addMove('takeover', 'take groups over on this node (all that it does not own)');
  addMove('release', 'hand groups over to the peer (all that this node owns)');

  add(
    'drill [groups...]',
    'move groups there and back, and measure it; asks first',
    async ({ call, words, options }) => {
      const { drill } = await import('./verbs/drill.ts');
      return drill(call, words, { isSure: options['yes'] === true, timeoutMs: Number(options['timeout']) });
    },
  )
    .option('--yes', 'ask nothing')
    .addOption(timeoutOption())
    .addHelpText('after', `\n${drillHelp}`);

  add('standby', 'hand everything over, and take nothing until online', async ({ call, options, command }) => {
    requireReason(options, command);
    const { timeout, ...rest } = options;
    const { order } = await import('./verbs/order.ts');
    return order(call, { verb: 'standby', ...rest }, 'standby', Number(timeout));
  })
    .option('--wait', 'show the steps, and end when the groups have moved')
    .option('--force', 'also where the peer may not take over: what this node owns then stays down (needs --reason)')
    .option('--reason <text>', 'kept in the journal')
    .addOption(timeoutOption());

  add('online', 'end standby, or the life of an observer: this node may take groups again', async ({ call }) => {
    const { state } = await import('./verbs/operator.ts');
    return state(call, { verb: 'online' });
  });

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

const drillHelp = `A planned move to the other node and back, as for a kernel upgrade. Refused when
not everything is well, or when the way back would be refused. What it measured
goes to the journal: hactl events.`;
