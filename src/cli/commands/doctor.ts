/** `halley doctor`: finds faults of an installation and names the fix for each. */
import type { Command } from 'commander';
import { type Context, examples, type RemoteOptions, remote } from '../context.ts';
import { printJson, visible } from '../display.ts';
import { exitCodes } from '../exit-codes.ts';

interface DoctorOptions extends RemoteOptions {
  readonly config?: string;
}

export function addDoctor(program: Command, context: Context): void {
  const { terminal } = context;
  const marks = { ok: 'ok     ', warning: 'WARNING', failed: 'FAILED ', skipped: 'skipped' };
  const command = remote(
    program
      .command('doctor')
      .description(
        'check the settings, data directory, disk, database and gateway, and send a small request to each channel',
      ),
  )
    .option('--config <file>', 'YAML file with settings, as for `serve`')
    .action(async (options: DoctorOptions) => {
      // Imported on demand, so that other commands start faster.
      const { diagnose } = await import('../diagnose.ts');
      const findings = await diagnose(terminal.env, options, context.clock);
      if (options.json) {
        printJson(
          terminal,
          findings.map(({ check, outcome, message }) => ({ check, outcome, message })),
        );
      } else {
        for (const { check, outcome, message } of findings)
          terminal.print(visible(`${marks[outcome]} ${check}: ${message}`));
      }
      const first = findings.find((finding) => finding.outcome === 'failed');
      if (first) context.setExitCode(first.exitCode ?? exitCodes.failure);
    });
  examples(command, 'halley doctor', 'halley doctor --config /etc/halley.yaml --json');
}
