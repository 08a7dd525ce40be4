/** `halley serve`: runs the gateway. */
import type { Command } from 'commander';
import type { Running } from '../../main.ts';
import type { Clock } from '../../platform/clock.ts';
import { keepRunning } from '../../platform/keep-running.ts';
import { type Context, examples } from '../context.ts';
import { exitCodes } from '../exit-codes.ts';
import { handleSignals } from '../signals.ts';

export interface SettingsOptions {
  readonly config?: string;
}

/** Adds `--config` to a command and accepts every setting as an option. */
export const settingsFlags = (command: Command): Command =>
  command
    .option('--config <file>', 'YAML file with settings (HALLEY_CONFIG; default halley.yaml where it exists)')
    .allowUnknownOption()
    .allowExcessArguments()
    .usage('[--config <file>] [--<setting> <value>]...')
    .addHelpText(
      'after',
      '\nEvery setting is also a flag. `halley settings` lists the settings; docs/configuration.md explains them.',
    );

/**
 * Resolves when the gateway has stopped. The first signal lets in-flight requests finish; a second one aborts them.
 * A failure to stop goes to `uncaughtException`.
 * @returns whether in-flight requests could finish
 */
function untilStopped(running: Running, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    let isHurried = false;
    const end = () => void running.stop().then(() => resolve(!isHurried));
    const endNow = () => {
      isHurried = true;
      void running.stopNow().then(() => resolve(false));
    };
    handleSignals({ end, endNow, reload: () => running.reload() }, clock);
  });
}

export function addServe(program: Command, context: Context): void {
  const { terminal } = context;
  const command = settingsFlags(
    program
      .command('serve')
      .description('run the gateway; SIGTERM lets in-flight requests finish, a second SIGTERM aborts them'),
  ).action(async (options: SettingsOptions, self: Command) => {
    // Imported on demand, so that other commands start faster.
    const { resolveSettings } = await import('../../platform/settings/load.ts');
    const { settings, warnings } = resolveSettings({
      file: options.config,
      env: terminal.env,
      flags: self.args,
    });
    const { inheritedSockets } = await import('../../platform/inherited-sockets.ts');
    const { createLog } = await import('../../platform/log.ts');
    const log = createLog({ level: settings.log.level });
    for (const warning of warnings) log.warn({ setting: warning }, 'a setting has a new name');
    const end = (code: number) => {
      log.flush();
      process.exit(code);
    };
    // Node's own crash report is not redacted.
    process.on('uncaughtException', (error) => {
      log.error({ error }, 'crashed');
      end(exitCodes.failure);
    });
    const { serve } = await import('../../main.ts');
    const sockets = inheritedSockets(terminal.env, process.pid);
    // Standard output contains only log lines, so that programs can parse it.
    const isOrderly = await keepRunning(async () => {
      const running = await serve({ settings, log, print: terminal.warn, sockets });
      return untilStopped(running, context.clock);
    });
    end(isOrderly ? exitCodes.ok : exitCodes.failure);
  });
  examples(
    command,
    'halley serve',
    'halley serve --listen 0.0.0.0:8787 --revocation.in-flight=drain',
    'HALLEY_DATA_DIR=/var/lib/halley halley serve --config /etc/halley.yaml',
  );
}
