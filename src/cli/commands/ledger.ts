/** `halley ledger`: verifies the ledger. */
import type { Command } from 'commander';
import type { Settings } from '../../platform/settings/schema.ts';
import type { LedgerDifference } from '../../store/ledger-store.ts';
import { connectionTo } from '../connection.ts';
import { type Context, examples } from '../context.ts';
import { printJson, visible } from '../display.ts';
import { CliError, exitCodes } from '../exit-codes.ts';

interface VerifyOptions {
  readonly config?: string;
  readonly dataDir?: string;
  readonly json?: true;
}

/** There may be one difference for each key, which is more than a person reads. */
const shownMax = 1000;

export function addLedger(program: Command, context: Context): void {
  const { terminal } = context;
  const ledger = program.command('ledger').description('verify the ledger');
  const command = ledger
    .command('verify')
    .description(
      'recompute every total from the records in the database; changes nothing, and the gateway may be running',
    )
    .option('--config <file>', 'YAML file with settings, as for `serve`')
    .option(
      '--data-dir <dir>',
      'data directory of the gateway (HALLEY_DATA_DIR); with the setting database.url that database is meant',
    )
    .option('--json', 'print {differences: [{what, stored, computed}]}, for programs')
    .action(async (options: VerifyOptions) => {
      // Imported on demand, so that other commands start faster.
      const { loadSettings } = await import('../../platform/settings/load.ts');
      const flags = options.dataDir === undefined ? [] : ['--data-dir', options.dataDir];
      const settings = loadSettings({ file: options.config, env: terminal.env, flags });
      const differences = await findDifferences(settings);
      if (options.json) printJson(terminal, { differences });
      else if (differences.length === 0) terminal.print('Every total equals the sum of its records.');
      for (const { what, stored, computed } of options.json ? [] : differences) {
        terminal.print(visible(`${what}: is ${stored}, should be ${computed}`));
      }
      if (differences.length >= shownMax) terminal.warn(`There may be more than these ${shownMax}.`);
      if (differences.length > 0) context.setExitCode(exitCodes.failure);
    });
  examples(command, 'halley ledger verify', 'halley ledger verify --data-dir /var/lib/halley --json');
}

async function findDifferences({ data_dir, database }: Settings): Promise<readonly LedgerDifference[]> {
  const { HalleyError } = await import('../../platform/errors.ts');
  try {
    if (database.url === undefined) {
      const { verifyDatabase } = await import('../../store/sqlite/verify-database.ts');
      return verifyDatabase(data_dir, shownMax);
    }
    const { verifyPostgres } = await import('../../store/postgres/verify-database.ts');
    return await verifyPostgres(connectionTo(database.url, database), shownMax);
  } catch (error) {
    if (!(error instanceof HalleyError)) throw error;
    throw new CliError(exitCodes.failure, error.log ?? error.message);
  }
}
