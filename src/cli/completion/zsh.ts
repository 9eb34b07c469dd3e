import type { CommandLine, OptionWords, VerbWords, Word } from './words.ts';

/** A completion script for zsh, as a function of its `fpath`. */
export function zshScript({ options, verbs }: CommandLine): string {
  return `#compdef hactl
# zsh completion for hactl: put it into a folder of fpath as _hactl

_hactl_names() {
  local -a names
  local socket=\${opt_args[--socket]:-/run/twinbeat/control.sock}
  names=(\${(f)"$(hactl --socket $socket names "$@" 2>/dev/null)"})
  compadd -a names
}

_hactl() {
  local curcontext=$curcontext state line
  typeset -A opt_args
  _arguments -C \\
${options.map((option) => `    ${optionSpec(option)} \\`).join('\n')}
    '1:verb:->verb' \\
    '*::word:->words' && return
  case $state in
  verb)
    local -a verbs=(
${verbs.map(({ name, summary }) => `      ${quoted(`${name}:${escaped(summary)}`)}`).join('\n')}
    )
    _describe verb verbs
    ;;
  words)
    case $words[1] in
${verbs.map(verbCase).join('\n')}
    esac
    ;;
  esac
}

_hactl "$@"
`;
}

function verbCase({ name, options, words }: VerbWords): string {
  const specs = [
    ...options.map(optionSpec),
    ...words.map((word, index) => quoted(`${word.isRepeated ? '*' : index + 1}:${label(word)}:${action(word)}`)),
  ];
  return `    ${name}) _arguments ${specs.join(' ')} ;;`;
}

function optionSpec({ flag, summary, value }: OptionWords): string {
  const takes = value === undefined ? '' : `:${label(value)}:${action(value)}`;
  return quoted(`${flag}[${escaped(summary)}]${takes}`);
}

function label(word: Word): string {
  switch (word.kind) {
    case 'choice':
      return 'choice';
    case 'name':
      return word.of.slice(0, -1);
    case 'file':
      return 'file';
    case 'any':
      return 'value';
  }
}

function action(word: Word): string {
  switch (word.kind) {
    case 'choice':
      return `(${word.choices.join(' ')})`;
    case 'name':
      return `{_hactl_names ${word.of}${word.of === 'resources' ? ' $words[3]' : ''}}`;
    case 'file':
      return '_files';
    case 'any':
      return ' ';
  }
}

/** Colons and brackets end the parts of a spec. */
function escaped(text: string): string {
  return text.replaceAll(/[:[\]\\]/g, (found) => `\\${found}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
