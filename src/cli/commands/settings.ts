/** `halley settings`: shows the effective settings and the source of each. */
import type { Command } from 'commander';
import { type Context, examples } from '../context.ts';
import { printJson, printTable, visible } from '../display.ts';
import { type SettingsOptions, settingsFlags } from './serve.ts';

export function addSettings(program: Command, { terminal }: Context): void {
  const command = settingsFlags(
    program
      .command('settings')
      .description('show the settings that `serve` would use, and the source of each'),
  )
    .option('--json', 'print [{name, value, source}], for programs')
    .option('--wide', 'show every value in full on a terminal of any width')
    .action(async (options: SettingsOptions & { json?: true; wide?: true }, self: Command) => {
      const { resolveSettings } = await import('../../platform/settings/load.ts');
      const { effective, warnings } = resolveSettings({
        file: options.config,
        env: terminal.env,
        flags: self.args,
      });
      for (const warning of warnings) terminal.warn(warning);
      if (options.json) return printJson(terminal, effective);
      const rows = effective.map(({ name, value, source }) => [
        name,
        value === null ? '' : visible(typeof value === 'string' ? value : JSON.stringify(value)),
        visible(source),
      ]);
      printTable(terminal, ['SETTING', 'VALUE', 'SOURCE'], rows, options);
    });
  examples(command, 'halley settings', 'halley settings --config /etc/halley.yaml --json');
}
