import type { CommandLine, OptionWords, Word } from './words.ts';

/** A completion script for fish. */
export function fishScript({ options, verbs }: CommandLine): string {
  const lines = [
    ...options.map((option) => optionLine(option, '')),
    ...verbs.map(({ name, summary }) => `complete -c hactl -n '__hactl_is none' -a ${name} -d ${quoted(summary)}`),
    ...verbs.flatMap(({ name, options: own, words }) => [
      ...own.filter(({ flag }) => flag !== '--help').map((option) => optionLine(option, `__hactl_is ${name}`)),
      ...words.flatMap((word, index) => wordLine(word, index, name)),
    ]),
  ];
  return `# fish completion for hactl: put it into ~/.config/fish/completions/hactl.fish

function __hactl_words --description 'the verb and the words behind it that are no options'
    set -l takes 0
    for word in (commandline -opc)[2..]
        if test $takes -eq 1
            set takes 0
        else if contains -- $word ${valuedFlags(options, verbs)}
            set takes 1
        else if not string match -q -- '-*' $word
            echo $word
        end
    end
end

function __hactl_is --description 'the verb is this one, with so many words behind it: -eq 1, -ge 1'
    set -l words (__hactl_words)
    test (count $words) -eq 0; and set words none
    test "$words[1]" = $argv[1]; or return 1
    test (count $argv) -eq 1; or test (math (count $words) - 1) $argv[2] $argv[3]
end

complete -c hactl -f
${lines.join('\n')}
`;
}

function optionLine({ flag, summary, value }: OptionWords, condition: string): string {
  const when = condition === '' ? '' : ` -n ${quoted(condition)}`;
  const takes = value === undefined ? '' : value.kind === 'file' ? ' -r -F' : ` -x${candidates(value)}`;
  return `complete -c hactl${when} -l ${flag.replace(/^--/, '')}${takes} -d ${quoted(summary)}`;
}

function wordLine(word: Word, index: number, verb: string): readonly string[] {
  const from = candidates(word);
  if (from === '') return [];
  return [`complete -c hactl -n '__hactl_is ${verb} ${word.isRepeated ? '-ge' : '-eq'} ${index}'${from}`];
}

function candidates(word: Word): string {
  switch (word.kind) {
    case 'choice':
      return ` -a ${quoted(word.choices.join(' '))}`;
    case 'name': {
      const of = word.of === 'resources' ? ' (__hactl_words)[-1]' : '';
      return ` -a ${quoted(`(hactl names ${word.of}${of} 2>/dev/null)`)}`;
    }
    case 'file':
    case 'any':
      return '';
  }
}

function valuedFlags(options: CommandLine['options'], verbs: CommandLine['verbs']): string {
  const all = [...options, ...verbs.flatMap((verb) => verb.options)].filter(({ value }) => value !== undefined);
  return [...new Set(all.map(({ flag }) => flag))].join(' ');
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
