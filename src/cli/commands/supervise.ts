/** `halley supervise`: runs `halley serve` so that it can be restarted without refusing a connection. */
import { fileURLToPath } from 'node:url';
import type { Command } from 'commander';
import { type Context, examples } from '../context.ts';
import { type SettingsOptions, settingsFlags } from './serve.ts';

const entry = fileURLToPath(new URL('../halley.ts', import.meta.url));

export function addSupervise(program: Command, context: Context): void {
  const { terminal, clock } = context;
  const command = settingsFlags(
    program
      .command('supervise')
      .description(
        'run `halley serve` as a child process and hold its listening socket; SIGHUP restarts the child without refusing connections',
      ),
  ).action(async (options: SettingsOptions, self: Command) => {
    // Imported on demand, so that other commands start faster.
    const { loadSettings } = await import('../../platform/settings/load.ts');
    const { createLog } = await import('../../platform/log.ts');
    const { supervise } = await import('../supervisor.ts');
    const load = () => loadSettings({ file: options.config, env: terminal.env, flags: self.args });
    const settings = load();
    const log = createLog({ level: settings.log.level });
    const config = options.config === undefined ? [] : ['--config', options.config];
    const code = await supervise({
      command: [process.execPath, ...process.execArgv, entry, 'serve', ...config, ...self.args],
      env: terminal.env,
      listen: settings.listen,
      clock,
      log,
      check: load,
    });
    log.flush();
    process.exit(code);
  });
  examples(command, 'halley supervise', 'halley supervise --config /etc/halley.yaml');
}
