/** `halley migrate`: copies a gateway's data to another database. */
import type { Command } from 'commander';
import type { Settings } from '../../platform/settings/schema.ts';
import type { Transferred } from '../../store/transfer/transfer.ts';
import { commandOrigin } from '../command-origin.ts';
import { connectionTo } from '../connection.ts';
import { type Context, examples } from '../context.ts';
import { printJson, printTable, visible } from '../display.ts';
import { usageError } from '../exit-codes.ts';

interface MigrateOptions {
  readonly from: string;
  readonly to: string;
  readonly config?: string;
  readonly dataDir?: string;
  readonly json?: true;
}

export function addMigrate(program: Command, context: Context): void {
  const { terminal, clock } = context;
  const command = program
    .command('migrate')
    .description(
      'copy all data of a stopped gateway from SQLite to an empty PostgreSQL database; verifies the copy, and commits all of it or nothing',
    )
    .requiredOption('--from <engine>', 'sqlite: the database in the data directory, which is not changed')
    .requiredOption('--to <engine>', 'postgres: the database that the setting database.url names')
    .option('--config <file>', 'YAML file with settings, as for `serve`')
    .option('--data-dir <dir>', 'data directory of the gateway (HALLEY_DATA_DIR)')
    .option(
      '--json',
      'print {tables: [{name, rows, replaced}], reservations, differences, seconds}, for programs',
    )
    .action(async (options: MigrateOptions) => {
      if (options.from !== 'sqlite' || options.to !== 'postgres') {
        throw usageError('Only --from sqlite --to postgres is supported.');
      }
      // Imported on demand, so that other commands start faster.
      const { loadSettings } = await import('../../platform/settings/load.ts');
      const flags = options.dataDir === undefined ? [] : ['--data-dir', options.dataDir];
      const settings = loadSettings({ file: options.config, env: terminal.env, flags });
      const startedAt = clock.monotonic();
      const moved = await move(settings, context);
      const seconds = (clock.monotonic() - startedAt) / 1000;
      if (options.json) printJson(terminal, { ...moved, seconds });
      else show(context, moved, seconds);
      advise(context, moved, settings);
    });
  examples(
    command,
    'HALLEY_DATABASE_URL=postgres://… halley migrate --from sqlite --to postgres --data-dir /var/lib/halley',
  );
}

async function move(settings: Settings, { terminal, random, clock }: Context): Promise<Transferred> {
  const { data_dir: dir, database } = settings;
  if (database.url === undefined) {
    throw usageError(
      'No target is set. Put the address of the new database into database.url (HALLEY_DATABASE_URL).',
    );
  }
  const { transfer } = await import('../../store/transfer/transfer.ts');
  const { loadSecrets } = await import('../../store/server-secret.ts');
  return transfer({
    dir,
    connection: connectionTo(database.url, database),
    secrets: () => loadSecrets(settings, random),
    origin: commandOrigin('migrate'),
    clock,
    onTable: ({ name, rows }) => {
      if (terminal.interactive) terminal.warn(`${name}: ${rows.toLocaleString('en-US')} rows`);
    },
  });
}

function show({ terminal }: Context, { tables }: Transferred, seconds: number): void {
  printTable(
    terminal,
    ['TABLE', 'ROWS'],
    tables.map(({ name, rows }) => [name, String(rows)]),
  );
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const speed = Math.round(rows / Math.max(seconds, 0.001)).toLocaleString('en-US');
  terminal.print(
    `Moved ${rows.toLocaleString('en-US')} rows in ${seconds.toFixed(1)} s (${speed} rows a second). The counts and sums of every table are the same on both sides.`,
  );
}

/** Prints what the operator should know or do next, on standard error. */
function advise({ terminal }: Context, moved: Transferred, { data_dir, server_secret }: Settings): void {
  const { tables, reservations, differences } = moved;
  for (const { name, replaced } of tables) {
    if (replaced > 0) {
      terminal.warn(
        `${name}: in ${replaced} rows U+FFFD replaced characters that PostgreSQL cannot store (NUL, half a surrogate pair).`,
      );
    }
  }
  if (reservations > 0)
    terminal.warn(
      `The reservations of ${reservations} requests that ran when the gateway ended are released.`,
    );
  for (const { what, stored, computed } of differences) {
    terminal.warn(
      visible(
        `Did not add up before the copy, and still does not: ${what} is ${stored}, should be ${computed}.`,
      ),
    );
  }
  if (server_secret === undefined) {
    terminal.warn(
      visible(
        `Every node needs the server secret of this install: give it the one in ${data_dir}/server-secret as server_secret and, where there is a server-secret.old beside it, that one in server_secrets_accepted.`,
      ),
    );
  }
  terminal.warn(
    visible(
      `Never start a gateway on the SQLite database of ${data_dir} again: keys that you delete from now on would still work there. Delete it when you no longer need it.`,
    ),
  );
}
