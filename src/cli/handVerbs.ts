import { Argument, type Command } from 'commander';
import { type ResourceAction, resourceActions } from '../control/controlProtocol.ts';
import { type Add, timeoutOption } from './command.ts';

/** Verbs for an operator who works on a service himself. */
export function addHandVerbs(add: Add): void {
  add('maintenance', 'hands off groups, or on again (all of them)', async ({ call, words, options }) => {
    const [state, ...groups] = words;
    const operator = await import('./verbs/operator.ts');
    return operator.state(call, { verb: 'maintenance', groups, on: state === 'on', ...options });
  })
    .addArgument(new Argument('<state>', 'on or off').choices(['on', 'off']))
    .argument('[groups...]')
    .option('--reason <text>', 'kept in the journal');

  add('resource', 'one resource of a group, by hand', async ({ call, words, options, command }) => {
    const [action = '', group = '', resource] = words;
    if (!isAction(action)) return (await import('./verbs/resourceStatus.ts')).resourceStatus(call, group, resource);
    const named = requireResource(action, resource, command);
    const { timeout, ...rest } = options;
    const { order } = await import('./verbs/order.ts');
    const asked = { verb: 'resource', action, group, resource: named, ...rest } as const;
    return order(call, asked, `${action} of ${named}`, Number(timeout));
  })
    .addArgument(new Argument('<action>', 'what to do').choices(['status', ...resourceActions]))
    .argument('<group>')
    .argument('[resource]', "the word of haresources, or the script's name")
    .option('--wait', 'show the steps, and end when it has come to something')
    .addOption(timeoutOption())
    .addHelpText('after', `\n${actionHelp}`);
}

const actionHelp = `status shows what the daemon knows; start and stop need maintenance, else a
check would undo them; restart takes the resource, and those to its right, down
and up again; cleanup forgets failures and pauses, and checks again.`;

function isAction(word: string): word is ResourceAction {
  return resourceActions.some((action) => action === word);
}

function requireResource(action: ResourceAction, resource: string | undefined, command: Command): string {
  if (resource !== undefined && resource !== '') return resource;
  command.error(`error: ${action} needs the resource; hactl resource status GROUP shows them`, { exitCode: 2 });
}
