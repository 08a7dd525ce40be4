/** `halley backup` and `halley restore`: back up and restore a SQLite data directory and its server secret. */
import type { Command } from 'commander';
import type { Settings } from '../../platform/settings/schema.ts';
import type { Manifest } from '../../store/backup/manifest.ts';
import type { RestoreSummary } from '../../store/backup/restore.ts';
import { commandOrigin } from '../command-origin.ts';
import { type Context, examples } from '../context.ts';
import { requireOwner } from '../data-owner.ts';
import { printJson, visible } from '../display.ts';
import { CliError, exitCodes, usageError } from '../exit-codes.ts';
import { requireConfirmation, type Terminal } from '../terminal.ts';

interface LocalOptions {
  readonly config?: string;
  readonly dataDir?: string;
  readonly passphraseFile?: string;
}

interface BackupOptions extends LocalOptions {
  readonly withoutSecret?: true;
  readonly overwrite?: true;
  readonly json?: true;
}

interface RestoreOptions extends LocalOptions {
  readonly discardReplaced?: true;
  readonly yes?: true;
}

const local = (command: Command): Command =>
  command
    .option('--config <file>', 'YAML file with settings, as for `serve`')
    .option('--data-dir <dir>', 'data directory of the gateway (HALLEY_DATA_DIR)')
    .option('--passphrase-file <file>', 'file that contains the passphrase; - is standard input');

export function addBackup(program: Command, context: Context): void {
  const { terminal } = context;
  const backup = local(program.command('backup <directory>'))
    .description(
      'copy a consistent snapshot of the SQLite database, and the server secret encrypted with a passphrase, into a new directory; the gateway may be running',
    )
    .option('--without-secret', 'omit the server secret; without a copy of it the backup is useless')
    .option('--overwrite', 'replace an existing backup in the directory')
    .option('--json', 'print the manifest, for programs')
    .action(async (directory: string, options: BackupOptions) => {
      if (options.withoutSecret && options.passphraseFile !== undefined) {
        throw usageError('Give one of --passphrase-file and --without-secret.');
      }
      const settings = await settingsOf(context, options);
      requireSqlite(settings);
      const passphrase = options.withoutSecret ? undefined : await passphraseOf(context, options, true);
      const { makeBackup } = await import('../../store/backup/make-backup.ts');
      const { clock, random } = context;
      const overwrite = options.overwrite === true;
      const manifest = makeBackup({ settings, target: directory, overwrite, passphrase, clock, random });
      if (options.json) printJson(terminal, manifest);
      else showBackup(terminal, directory, manifest);
      if (!manifest.secret.sealed) adviseOnSecret(terminal, settings);
    });
  examples(
    backup,
    'halley backup /backups/2026-11-28 --data-dir /var/lib/halley --passphrase-file /etc/halley-passphrase',
    'halley backup /backups/latest --overwrite --without-secret',
  );
}

export function addRestore(program: Command, context: Context): void {
  const { terminal } = context;
  const restore = local(program.command('restore <directory>'))
    .description(
      'replace the SQLite database of a stopped gateway with a backup; credentials that were deleted or replaced since the backup stay revoked if the tombstone log exists',
    )
    .option('--discard-replaced', 'delete the replaced database instead of renaming it')
    .option('-y, --yes', 'do not ask for confirmation')
    .action(async (directory: string, options: RestoreOptions) => {
      const settings = await settingsOf(context, options);
      requireSqlite(settings);
      requireOwner(settings.data_dir);
      const { prepareRestore } = await import('../../store/backup/restore.ts');
      const { clock, random } = context;
      const prepared = await prepareRestore({
        settings,
        from: directory,
        passphrase: () => passphraseOf(context, options, false),
        keepsReplaced: !options.discardReplaced,
        origin: commandOrigin('restore'),
        clock,
        random,
      });
      for (const line of summaryLines(prepared.summary, settings)) terminal.warn(visible(line));
      try {
        await requireConfirmation(terminal, options.yes, async () => 'Restore it?');
      } catch (error) {
        prepared.abandon();
        throw error;
      }
      const kept = prepared.commit();
      terminal.print(visible(`Restored ${directory} into ${settings.data_dir}. Start the gateway.`));
      if (kept !== undefined) {
        terminal.print(
          visible(
            `The replaced database is ${kept}. It still has all of its data, sealed values included. Delete it when you no longer need it.`,
          ),
        );
      }
    });
  examples(
    restore,
    'halley restore /backups/2026-11-28 --data-dir /var/lib/halley --passphrase-file /etc/halley-passphrase',
    'halley restore /backups/2026-11-28 --yes --discard-replaced',
  );
}

async function settingsOf({ terminal }: Context, { config, dataDir }: LocalOptions): Promise<Settings> {
  // Imported on demand, so that other commands start faster.
  const { loadSettings } = await import('../../platform/settings/load.ts');
  const flags = dataDir === undefined ? [] : ['--data-dir', dataDir];
  return loadSettings({ file: config, env: terminal.env, flags });
}

async function passphraseOf(
  { terminal }: Context,
  { passphraseFile }: LocalOptions,
  isNew: boolean,
): Promise<string> {
  const { readPassphrase } = await import('../passphrase.ts');
  return readPassphrase(terminal, passphraseFile, isNew);
}

function requireSqlite({ database }: Settings): void {
  if (database.url === undefined) return;
  throw new CliError(
    exitCodes.usage,
    'The database of these settings is PostgreSQL: back it up with its own tools, pg_dump or base backups with a log archive (point-in-time recovery). How, and what to mind when restoring: docs/guides/backup.md.',
  );
}

const many = (count: number, one: string): string =>
  `${count.toLocaleString('en-US')} ${count === 1 ? one : `${one}s`}`;

const rowsText = ({ rows }: Manifest): string =>
  `${many(rows.accounts, 'account')}, ${many(rows.keys, 'key')}, ${many(rows.channels, 'channel')}`;

function showBackup(terminal: Terminal, directory: string, manifest: Manifest): void {
  const mib = (manifest.database.bytes / 1_048_576).toFixed(1);
  terminal.print(visible(`Backed up into ${directory}: ${rowsText(manifest)}; ${mib} MiB.`));
  if (manifest.secret.sealed) {
    terminal.print(
      'It contains the server secret, encrypted with the passphrase. Keep the passphrase elsewhere.',
    );
  }
}

function adviseOnSecret(terminal: Terminal, { data_dir, server_secret }: Settings): void {
  const source =
    server_secret === undefined
      ? `${data_dir}/server-secret`
      : 'the setting server_secret (HALLEY_SERVER_SECRET)';
  terminal.warn(
    visible(
      `The server secret is not in the backup. Keep a copy of ${source} in a safe place apart from the backup: without the secret, upstream keys and key values cannot be read.`,
    ),
  );
}

function summaryLines({ manifest, ...summary }: RestoreSummary, { data_dir }: Settings): string[] {
  const { lost, replaces, placesSecret, endedSessions, tombstones } = summary;
  const { key, account, access_token } = tombstones.deletedAgain;
  const dead = `${many(key, 'key')}, ${many(account, 'account')}, ${many(access_token, 'access token')}`;
  const lines = [
    `The backup was made at ${manifest.created_at} by Halley ${manifest.halley}: ${rowsText(manifest)}.`,
    replaces ? `It replaces the database in ${data_dir}.` : `${data_dir} has no database yet.`,
    `Deleted or replaced after the backup, and still revoked: ${dead}.`,
    'Restored to the time of the backup: what is disabled or enabled, quotas, budgets, prices, channels, passwords, usage records.',
  ];
  if (lost) {
    lines.push(
      `Created after the backup, and lost by the restore: ${many(lost.keys, 'key')}, ${many(lost.accounts, 'account')}.`,
    );
  } else if (replaces)
    lines.push('The present database cannot be read: what was created since the backup is not known.');
  lines.push(`Ended: ${many(endedSessions, 'session')} of the backup, and all later ones.`);
  if (tombstones.missingLog !== undefined) {
    lines.push(
      `There was no tombstone log ${tombstones.missingLog}: credentials that were deleted after the backup work again, unless the present database also recorded the deletion. If you have the log, put it there and restore again.`,
    );
  }
  if (tombstones.isPresentDamaged) {
    lines.push(
      'The present database is damaged where it records deletions: credentials whose deletion only it recorded may work again.',
    );
  }
  if (tombstones.damaged > 0) {
    lines.push(
      `${many(tombstones.damaged, 'line')} of the tombstone log cannot be read: the credentials that they named may work again.`,
    );
  }
  if (placesSecret) lines.push(`The server secret of the backup was written to ${data_dir}.`);
  return lines;
}
