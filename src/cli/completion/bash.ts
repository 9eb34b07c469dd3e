import type { CommandLine, OptionWords, Word } from './words.ts';

/** A completion script for bash; it needs no other package. */
export function bashScript({ options, verbs }: CommandLine): string {
  const valued = [...options, ...verbs.flatMap((verb) => verb.options)].filter(({ value }) => value !== undefined);
  const cases = verbs.map(
    (verb) => `    ${verb.name})
      options='${flagsOf([...options, ...verb.options])}'
${verb.words.map((word, index) => `      ${placeTest(index, word.isRepeated)} && candidates=${candidates(word)}\n`).join('')}      ;;`,
  );
  return `# bash completion for hactl: source it, or put it into /usr/share/bash-completion/completions/hactl

_hactl() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]}
  local verb= place=-1 index word candidates= options socket=/run/twinbeat/control.sock group=
  COMPREPLY=()
  case $previous in
${valueCases(valued)}
  esac
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    case $word in
    --socket) socket=\${COMP_WORDS[++index]} ;;
    ${flagsOf(valued).split(' ').join(' | ')}) ((index++)) ;;
    -*) ;;
    *) [[ -z $verb ]] && verb=$word; group=$word; ((place++)) ;;
    esac
  done
  case $verb in
    '')
      options='${flagsOf(options)}'
      candidates='${verbs.map(({ name }) => name).join(' ')}'
      ;;
${cases.join('\n')}
  esac
  [[ $current == -* ]] && candidates=$options
  mapfile -t COMPREPLY < <(compgen -W "$candidates" -- "$current")
}
complete -F _hactl hactl
`;
}

/** `place` counts the words after the verb that stand before the current one. */
function placeTest(index: number, isRepeated: boolean): string {
  return `((place ${isRepeated ? '>=' : '=='} ${index}))`;
}

function candidates(word: Word): string {
  switch (word.kind) {
    case 'choice':
      return `'${word.choices.join(' ')}'`;
    case 'name': {
      const of = word.of === 'resources' ? ' "$group"' : '';
      return `$(hactl --socket "$socket" names ${word.of}${of} 2>/dev/null)`;
    }
    case 'file':
    case 'any':
      return "''";
  }
}

function valueCases(valued: readonly OptionWords[]): string {
  const files = flagsOf(valued.filter(({ value }) => value?.kind === 'file'));
  const others = flagsOf(valued.filter(({ value }) => value?.kind === 'any'));
  const choices = valued.flatMap(({ flag, value }) =>
    value?.kind === 'choice'
      ? [`  ${flag}) mapfile -t COMPREPLY < <(compgen -W '${value.choices.join(' ')}' -- "$current"); return ;;`]
      : [],
  );
  return [
    `  ${files.split(' ').join(' | ')}) mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;`,
    `  ${others.split(' ').join(' | ')}) return ;;`,
    ...choices,
  ]
    .filter((line) => !line.startsWith('  )'))
    .join('\n');
}

function flagsOf(options: readonly OptionWords[]): string {
  return [...new Set(options.map(({ flag }) => flag))].join(' ');
}
