/** `halley serve`: runs the gateway. */
import type { Command } from 'commander';
import { createLog } from '../../platform/log.ts';
import { loadSettings } from '../../platform/settings/load.ts';
import { settingList } from '../../platform/settings/reference.ts';
import { type Context, examples } from '../context.ts';

export interface SettingsOptions {
  readonly config?: string;
}

/** Gives a command the option `--config` and every setting as a flag. */
export function settingsFlags(command: Command): Command {
  const lines = settingList
    .filter((setting) => !setting.secret)
    .map(({ flag, kind, env }) => `  ${`${flag} <${kind}>`.padEnd(40)} ${env}`);
  return command
    .option('--config <file>', 'YAML file with settings (HALLEY_CONFIG; default halley.yaml where it exists)')
    .allowUnknownOption()
    .allowExcessArguments()
    .usage('[--config <file>] [--<setting> <value>]...')
    .addHelpText(
      'after',
      `\nSettings (docs/configuration.md says what each one means):\n${lines.join('\n')}`,
    );
}

export function addServe(program: Command, context: Context): void {
  const { terminal } = context;
  const command = settingsFlags(program.command('serve').description('run the gateway')).action(
    async (options: SettingsOptions, self: Command) => {
      const settings = loadSettings({ file: options.config, env: terminal.env, flags: self.args });
      const log = createLog({ level: settings.log.level });
      // Only here, so that the other commands need not load the whole gateway.
      const { serve } = await import('../../main.ts');
      const running = await serve({ settings, log, print: terminal.print });
      context.setExitCode(await running.done);
      log.flush();
    },
  );
  examples(
    command,
    'halley serve',
    'halley serve --listen 0.0.0.0:8787 --revocation.in-flight=drain',
    'HALLEY_DATA_DIR=/var/lib/halley halley serve --config /etc/halley.yaml',
  );
}
