/** Derives the words that shells can complete from the command definitions. */
import type { Argument, Command, Option } from 'commander';

/** The values of an option or argument: an item of a list, a file, a directory, a profile or any text. */
export type Value = readonly string[] | 'file' | 'directory' | 'profile' | 'text';

export interface Flag {
  /** For example `--json`. */
  readonly long: string;
  /** For example `-f`. */
  readonly short: string | undefined;
  readonly description: string;
  /** Undefined when the option takes no value. */
  readonly value: Value | undefined;
}

export interface Place {
  /** For example `halley keys list`. */
  readonly path: string;
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly flags: readonly Flag[];
  readonly argument: Value | undefined;
}

function kindOf(name: string, choices: readonly string[] | undefined): Value {
  if (choices) return choices;
  if (name === 'file') return 'file';
  return name === 'dir' ? 'directory' : 'text';
}

function flagOf({ long, short, flags, description, argChoices }: Option): Flag | undefined {
  if (!long) return undefined;
  const name = /<([^>]+)>/.exec(flags)?.[1];
  const value = long === '--profile' ? 'profile' : name && kindOf(name, argChoices);
  return { long, short: short ?? undefined, description, value: value || undefined };
}

const argumentOf = (argument: Argument | undefined): Value | undefined =>
  argument && kindOf(argument.name(), argument.argChoices);

const help: Flag = { long: '--help', short: '-h', description: 'show how it is used', value: undefined };

/** Lists a command and its subcommands, each with its options and arguments. */
export function completionPlaces(command: Command, parents = ''): readonly Place[] {
  const path = `${parents}${command.name()}`;
  const { commands, options, registeredArguments } = command;
  const place = {
    path,
    commands: commands.map((each) => ({ name: each.name(), description: each.description() })),
    flags: [...options.map(flagOf).filter((flag) => flag !== undefined), help],
    argument: argumentOf(registeredArguments[0]),
  };
  return [place, ...commands.flatMap((each) => completionPlaces(each, `${path} `))];
}
