import type { Argument, Command, Option } from 'commander';

/** What a word after a verb can be: one of a few, a name that the daemon knows, or anything. */
export type Word =
  | { readonly kind: 'choice'; readonly choices: readonly string[]; readonly isRepeated: boolean }
  | { readonly kind: 'name'; readonly of: NameKind; readonly isRepeated: boolean }
  | { readonly kind: 'file'; readonly isRepeated: boolean }
  | { readonly kind: 'any'; readonly isRepeated: boolean };

/** Names that `hactl names` prints. */
export const nameKinds = ['groups', 'nodes', 'resources'] as const;
export type NameKind = (typeof nameKinds)[number];

export interface OptionWords {
  /** `--json`. */
  readonly flag: string;
  readonly summary: string;
  /** Undefined when no value follows. */
  readonly value: Word | undefined;
}

export interface VerbWords {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly OptionWords[];
  readonly words: readonly Word[];
}

export interface CommandLine {
  readonly options: readonly OptionWords[];
  readonly verbs: readonly VerbWords[];
}

/** What can be typed, read off the program that parses it. */
export function commandLine(program: Command): CommandLine {
  const help = { flag: '--help', summary: 'show help', value: undefined };
  const verbs = program
    .createHelp()
    .visibleCommands(program)
    .filter((command) => command.name() !== 'help')
    .map((command) => ({
      name: command.name(),
      summary: command.description(),
      options: [...command.options.map(optionWords), help],
      words: command.registeredArguments.map(argumentWord),
    }));
  const helpVerb: VerbWords = {
    name: 'help',
    summary: 'show the help of a verb',
    options: [],
    words: [{ kind: 'choice', choices: verbs.map(({ name }) => name), isRepeated: false }],
  };
  return { options: [...program.options.map(optionWords), help], verbs: [...verbs, helpVerb] };
}

function argumentWord(argument: Argument): Word {
  const { argChoices: choices, variadic: isRepeated } = argument;
  if (choices !== undefined) return { kind: 'choice', choices, isRepeated };
  const of = nameOf(argument.name());
  return of === undefined ? { kind: 'any', isRepeated } : { kind: 'name', of, isRepeated };
}

function optionWords({ long, flags, description, argChoices }: Option): OptionWords {
  const value = /[<[](\w+)/.exec(flags)?.[1];
  return {
    flag: long ?? flags,
    summary: description,
    value: value === undefined ? undefined : valueWord(value, argChoices),
  };
}

function valueWord(name: string, choices: readonly string[] | undefined): Word {
  if (choices !== undefined) return { kind: 'choice', choices, isRepeated: false };
  const isRepeated = false;
  return /^(file|path|dir|folder)$/.test(name) ? { kind: 'file', isRepeated } : { kind: 'any', isRepeated };
}

function nameOf(argument: string): NameKind | undefined {
  return nameKinds.find((kind) => kind === argument || kind === `${argument}s`);
}
