import { Argument } from 'commander';
import type { Add } from './command.ts';
import { phases } from './setup/rotation.ts';

/** Verbs that make and change the files of a pair. */
export function addSetupVerbs(add: Add): void {
  add('keys', 'the secrets of the pair: make, show, change them', async ({ call, words, options, command }) => {
    const [action, word] = words;
    const phase = phases.find((known) => known === word);
    if (word !== undefined && (action !== 'rotate' || phase === undefined)) {
      command.error(`error: ${word} is no phase of a rotation: ${phases.join(', ')}`, { exitCode: 2 });
    }
    const keys = await import('./verbs/keys.ts');
    if (action === 'generate') return keys.generateKeys(call, options);
    return action === 'list' ? keys.listKeys(call) : keys.rotateKeys(call, phase, options['force'] === true);
  })
    .addArgument(new Argument('<action>', 'what to do').choices(['generate', 'list', 'rotate']))
    .argument('[phase]', `of rotate: ${phases.join(', ')}`)
    .option('--force', 'generate: replace the file; rotate drop: although nobody knows what the peer signs with')
    .option('--print', 'generate: print the file instead of writing it')
    .addHelpText('after', `\n${rotateHelp}`);

  add('config', 'the groups of the files, of the daemon here and of the peer', async ({ call }) =>
    (await import('./verbs/config.ts')).configDiff(call),
  ).addArgument(new Argument('<action>', 'what to do').choices(['diff']));

  add('reload', 'let the daemon read its files again: all or nothing', async ({ call }) =>
    (await import('./verbs/reload.ts')).reload(call),
  );
}

const rotateHelp = `A new key without an interruption, each step on both nodes before the next one:
  hactl keys rotate accept   on one node; then copy authkeys to the other, and
                             there: hactl reload
  hactl keys rotate sign     on each node: the new key signs, both are accepted
  hactl keys rotate drop     on each node: the old key is gone
  hactl keys rotate          says which step comes next`;
