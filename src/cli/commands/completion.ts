/** `halley completion`: makes a shell complete commands, flags and values. */
import { Argument, type Command } from 'commander';
import { completionScript, type Shell, shells } from '../completion.ts';
import { completionPlaces } from '../completion-tree.ts';
import { type Context, examples } from '../context.ts';

export function addCompletion(program: Command, { terminal }: Context): void {
  const command = program
    .command('completion')
    .description('print a shell completion script for commands, flags and values')
    .addArgument(new Argument('<shell>', 'the shell').choices(shells))
    .action((shell: Shell) => {
      terminal.print(completionScript(completionPlaces(program), shell).trimEnd());
    });
  examples(
    command,
    'source <(halley completion bash)        # in ~/.bashrc',
    'source <(halley completion zsh)         # in ~/.zshrc, after compinit',
    'halley completion fish | source         # in ~/.config/fish/config.fish',
  );
}
