/** `halley serve`: runs the gateway. */
import type { Command } from 'commander';
import type { Running } from '../../main.ts';
import { type Context, examples } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';

export interface SettingsOptions {
  readonly config?: string;
}

/** Gives a command the option `--config` and lets every setting be a flag. */
export const settingsFlags = (command: Command): Command =>
  command
    .option('--config <file>', 'YAML file with settings (HALLEY_CONFIG; default halley.yaml where it exists)')
    .allowUnknownOption()
    .allowExcessArguments()
    .usage('[--config <file>] [--<setting> <value>]...')
    .addHelpText(
      'after',
      '\nEvery setting is a flag: `halley settings` lists them, docs/configuration.md says what each one means.',
    );

/**
 * Resolves when the gateway has stopped: a first SIGTERM or SIGINT lets running requests finish, a second one
 * does not. A failure to stop is left to `uncaughtException`.
 * @returns whether one signal was enough
 */
function untilStopped(running: Running): Promise<boolean> {
  return new Promise((resolve) => {
    let signals = 0;
    const onSignal = () => {
      signals += 1;
      const stopped = signals === 1 ? running.stop() : running.stopNow();
      void stopped.then(() => resolve(signals === 1));
    };
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  });
}

export function addServe(program: Command, context: Context): void {
  const { terminal } = context;
  const command = settingsFlags(
    program
      .command('serve')
      .description('run the gateway; SIGTERM lets requests finish, a second one does not'),
  ).action(async (options: SettingsOptions, self: Command) => {
    // Loaded only here, so that the other commands start at once.
    const { loadSettings } = await import('../../platform/settings/load.ts');
    const settings = loadSettings({ file: options.config, env: terminal.env, flags: self.args });
    const { createLog } = await import('../../platform/log.ts');
    const log = createLog({ level: settings.log.level });
    const end = (code: number) => {
      log.flush();
      process.exit(code);
    };
    // Node's own report of a crash would not be redacted.
    process.on('uncaughtException', (error) => {
      log.error({ error }, 'crashed');
      end(exitCodes.failure);
    });
    const { serve } = await import('../../main.ts');
    // Standard output holds log lines alone, for machines that read them.
    const running = await serve({ settings, log, print: terminal.warn });
    end((await untilStopped(running)) ? exitCodes.ok : exitCodes.failure);
  });
  examples(
    command,
    'halley serve',
    'halley serve --listen 0.0.0.0:8787 --revocation.in-flight=drain',
    'HALLEY_DATA_DIR=/var/lib/halley halley serve --config /etc/halley.yaml',
  );
}
