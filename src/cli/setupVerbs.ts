import { dirname } from 'node:path';
import { Argument, InvalidArgumentError } from 'commander';
import type { Add } from './command.ts';
import { type ChannelAnswer, parseBroadcast, parseMulticast, parseSerial, parseUdp } from './setup/answers.ts';
import { phases } from './setup/rotation.ts';

/** Verbs that make and change the files of a pair. */
export function addSetupVerbs(add: Add): void {
  addInit(add);
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

function addInit(add: Add): void {
  add('init', 'write the three files of a pair: asks, or takes options', async ({ call, options }) => {
    const { init } = await import('./verbs/init.ts');
    const { cluster, nodes, address, output } = options as InitWords;
    const channels = channelOptions.flatMap((type) => (options[type] as readonly ChannelAnswer[] | undefined) ?? []);
    const resources = options['resource'] as readonly string[] | undefined;
    const given = {
      ...(cluster === undefined ? {} : { cluster }),
      ...(nodes === undefined ? {} : { nodes }),
      ...(channels.length === 0 ? {} : { channels }),
      ...(address === undefined ? {} : { address }),
      ...(resources === undefined ? {} : { resources }),
    };
    const folder = output ?? dirname(call.configFile);
    return init(call, { given, folder, isAsking: options['yes'] !== true, isForced: options['force'] === true });
  })
    .option('--cluster <name>', 'the name of the pair')
    .option('--nodes <this,other>', 'the host names of both nodes', nodesOption)
    .option('--udp <address,address>', 'a channel, an address for each node (repeatable)', channelOption(parseUdp))
    .option('--broadcast <interface>', 'a channel to everybody there (repeatable)', channelOption(parseBroadcast))
    .option('--multicast <interface=group>', 'a channel to a group there (repeatable)', channelOption(parseMulticast))
    .option('--serial <device>', 'a channel; DEVICE,DEVICE and @BAUD too (repeatable)', channelOption(parseSerial))
    .option('--address <address>', 'what moves, as 192.168.1.50/24/eth0')
    .option('--resource <word>', 'what is started behind it (repeatable)', wordsOption)
    .option('--output <folder>', 'where to write; default: beside --config')
    .option('--yes', 'ask nothing')
    .option('--force', 'replace files that are there');
}

interface InitWords {
  readonly cluster?: string;
  readonly nodes?: readonly [string, string];
  readonly address?: string;
  readonly output?: string;
}

/** In the order in which they come into the file. */
const channelOptions = ['udp', 'multicast', 'broadcast', 'serial'] as const;

function channelOption(
  parse: (text: string) => ChannelAnswer | string,
): (text: string, before: readonly ChannelAnswer[] | undefined) => readonly ChannelAnswer[] {
  return (text, before = []) => {
    const channel = parse(text);
    if (typeof channel === 'string') throw new InvalidArgumentError(`Write ${channel}.`);
    return [...before, channel];
  };
}

function wordsOption(word: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), word];
}

function nodesOption(text: string): readonly [string, string] {
  const [own, other, ...more] = text.split(',').map((word) => word.trim());
  if (own === undefined || other === undefined || more.length > 0) {
    throw new InvalidArgumentError('Write two names with a comma between.');
  }
  return [own, other];
}

const rotateHelp = `A new key without an interruption, each step on both nodes before the next one:
  hactl keys rotate accept   on one node; then copy authkeys to the other, and
                             there: hactl reload
  hactl keys rotate sign     on each node: the new key signs, both are accepted
  hactl keys rotate drop     on each node: the old key is gone
  hactl keys rotate          says which step comes next`;
