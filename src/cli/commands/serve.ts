/** `halley serve`: runs the gateway. */
import type { Command } from 'commander';
import type { Running } from '../../main.ts';
import type { Clock } from '../../platform/clock.ts';
import { keepRunning } from '../../platform/keep-running.ts';
import { workerPlace } from '../../platform/worker-place.ts';
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
      '\nEvery setting is also a flag. `halley settings` lists the settings; docs/reference/configuration.md explains them.',
    );

/**
 * Starts the gateway and resolves when it has stopped. The first signal lets in-flight requests finish; a second one
 * aborts them. Signals count from before the start: one that arrives meanwhile stops the gateway once it has started, a
 * second one ends the process. A failure to stop goes to `uncaughtException`.
 * @param abandon ends the process
 * @returns whether in-flight requests could finish
 */
async function runUntilStopped(
  start: () => Promise<Running>,
  abandon: () => void,
  clock: Clock,
): Promise<boolean> {
  const ended = Promise.withResolvers<void>();
  const hurried = Promise.withResolvers<void>();
  let running: Running | undefined;
  let isHurried = false;
  const endNow = () => {
    isHurried = true;
    if (running) hurried.resolve();
    else abandon();
  };
  handleSignals({ end: ended.resolve, endNow, reload: () => running?.reload() }, clock);
  const started = await start();
  running = started;
  await ended.promise;
  await Promise.race([started.stop(), hurried.promise.then(started.stopNow)]);
  return !isHurried;
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
    const { settingsOfWorker, workersOf } = await import('../../platform/settings/worker-settings.ts');
    const { config } = options;
    const loaded = resolveSettings({ file: config, env: terminal.env, flags: self.args });
    const { effective, warnings } = loaded;
    const hasSiblings = workersOf(loaded.settings) > 1;
    const place = workerPlace(terminal.env);
    if (hasSiblings && !place) {
      const { runParent } = await import('../parent/run-parent.ts');
      process.exit(await runParent(context, { config, flags: self.args }));
    }
    const settings = place ? settingsOfWorker(loaded.settings, place.number) : loaded.settings;
    const { keepCompiledCode } = await import('../../platform/code-cache.ts');
    keepCompiledCode(settings.data_dir);
    const { inheritedSockets } = await import('../../platform/inherited-sockets.ts');
    const { createLog } = await import('../../platform/log.ts');
    const common = createLog({ level: settings.log.level, isShared: hasSiblings });
    const log = place && hasSiblings ? common.child({ worker: place.number }) : common;
    if (place?.announces !== false)
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
    const { ParentLink } = await import('../../platform/parent-link.ts');
    const worker = place && { place, link: new ParentLink(process) };
    // Standard output contains only log lines, so that programs can parse it.
    const start = () =>
      serve({
        settings,
        effective,
        log,
        print: terminal.warn,
        isTerminal: process.stderr.isTTY === true,
        sockets,
        worker,
        // `npm start` runs a checkout, which puts no command into the PATH.
        command: terminal.env.npm_lifecycle_event === 'start' ? 'npm run halley --' : 'halley',
      });
    const isOrderly = await keepRunning(() =>
      runUntilStopped(start, () => end(exitCodes.failure), context.clock),
    );
    end(isOrderly ? exitCodes.ok : exitCodes.failure);
  });
  examples(
    command,
    'halley serve',
    'halley serve --listen 0.0.0.0:8787 --revocation.in-flight=drain',
    'HALLEY_DATA_DIR=/var/lib/halley halley serve --config /etc/halley.yaml',
  );
}
