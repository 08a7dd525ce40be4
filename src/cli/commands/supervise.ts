/** `halley supervise`: runs the gateway below a parent, which can replace it without refusing a connection. */
import type { Command } from 'commander';
import { type Context, examples } from '../context.ts';
import { type SettingsOptions, settingsFlags } from './serve.ts';

export function addSupervise(program: Command, context: Context): void {
  const command = settingsFlags(
    program
      .command('supervise')
      .description(
        'run `halley serve` below a parent process that holds the listening socket, also with one worker; SIGHUP replaces the workers without refusing connections',
      ),
  ).action(async (options: SettingsOptions, self: Command) => {
    // Imported on demand, so that other commands start faster.
    const { runParent } = await import('../parent/run-parent.ts');
    process.exit(await runParent(context, { config: options.config, flags: self.args }));
  });
  examples(command, 'halley supervise', 'halley supervise --config /etc/halley.yaml');
}
