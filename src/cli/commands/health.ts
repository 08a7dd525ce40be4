/** `halley health`: asks the gateway of this machine whether it runs, for containers and service managers. */
import type { Command } from 'commander';
import { type Context, examples } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { type SettingsOptions, settingsFlags } from './serve.ts';

export function addHealth(program: Command, context: Context): void {
  const { terminal } = context;
  const command = settingsFlags(
    program
      .command('health')
      .description(
        'ask the gateway with these settings on this machine whether it runs; exits with 1 if not',
      ),
  )
    .option('--ready', 'ask whether it can serve requests')
    .action(async (options: SettingsOptions & { ready?: true }, self: Command) => {
      // Imported on demand, so that other commands start faster.
      const { resolveSettings } = await import('../../platform/settings/load.ts');
      const { askHealth } = await import('../ask-health.ts');
      const { settings } = resolveSettings({ file: options.config, env: terminal.env, flags: self.args });
      const path = options.ready ? '/readyz' : '/healthz';
      const { isWell, text } = await askHealth(settings, path);
      if (isWell) return terminal.print(text);
      terminal.warn(text);
      // Not that of the cause: container engines reserve every other code.
      context.setExitCode(exitCodes.failure);
    });
  examples(command, 'halley health', 'halley health --ready --config /etc/halley.yaml');
}
