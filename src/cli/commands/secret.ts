/** `halley secret`: rotates the server secret and shows the progress. */
import type { Command } from 'commander';
import type { SecretRing } from '../../domain/secret-ring.ts';
import type { Settings } from '../../platform/settings/schema.ts';
import type { SecretReport } from '../../store/sealed-store.ts';
import { commandOrigin } from '../command-origin.ts';
import { connectionTo } from '../connection.ts';
import { type Context, examples } from '../context.ts';
import { printJson, printTable, visible } from '../display.ts';
import { CliError, exitCodes, usageError } from '../exit-codes.ts';

interface SecretOptions {
  readonly config?: string;
  readonly dataDir?: string;
  readonly json?: true;
}

const bySettings =
  'The server secret comes from the settings here: it is replaced by server_secret and server_secrets_accepted (docs/guides/backup.md).';

const options = (command: Command): Command =>
  command
    .option('--config <file>', 'YAML file with settings, as for `serve`')
    .option('--data-dir <dir>', 'data directory of the gateway (HALLEY_DATA_DIR)');

export function addSecret(program: Command, context: Context): void {
  const { terminal } = context;
  const secret = program.command('secret').description('replace the server secret');
  const rotate = options(secret.command('rotate'))
    .description(
      'create a new server secret in the data directory and keep the old one beside it; a running gateway loads it within seconds and re-seals all values in the background',
    )
    .option('--json', 'print {rotating: true}, for programs')
    .action(async (given: SecretOptions) => {
      const settings = await settingsOf(context, given);
      requireFile(settings);
      await rotateSecret(settings, context);
      if (given.json) return printJson(terminal, { rotating: true });
      const dir = settings.data_dir;
      terminal.print(
        visible(`The new server secret is in ${dir}/server-secret, the old one in ${dir}/server-secret.old.`),
      );
      terminal.print(
        'Copy both to the place where you keep your copy of the secret. See: halley secret status',
      );
    });
  examples(rotate, 'halley secret rotate --data-dir /var/lib/halley');

  const status = options(secret.command('status'))
    .description(
      'count the values that are still sealed under the old secret, and print the next step; changes nothing, and the gateway may be running',
    )
    .option('--json', 'print {rotating, counts: [{kind, total, others}], nodes}, for programs')
    .action(async (given: SecretOptions) => {
      const settings = await settingsOf(context, given);
      const { report, secrets } = await reportOf(settings, context);
      if (given.json) printJson(terminal, { rotating: !!report.state?.previous, ...withoutState(report) });
      else await show(context, settings, report, secrets);
    });
  examples(status, 'halley secret status', 'halley secret status --data-dir /var/lib/halley --json');

  const finish = options(secret.command('finish'))
    .description(
      'remove the old server secret from the data directory, after all values are re-sealed; earlier backups cannot be read without it',
    )
    .option('--json', 'print {rotating: false}, for programs')
    .action(async (given: SecretOptions) => {
      const settings = await settingsOf(context, given);
      requireFile(settings);
      await removeOld(settings, context);
      if (given.json) return printJson(terminal, { rotating: false });
      terminal.print('The old server secret is removed.');
    });
  examples(finish, 'halley secret finish --data-dir /var/lib/halley');
}

async function settingsOf({ terminal }: Context, { config, dataDir }: SecretOptions): Promise<Settings> {
  // Imported on demand, so that other commands start faster.
  const { loadSettings } = await import('../../platform/settings/load.ts');
  const flags = dataDir === undefined ? [] : ['--data-dir', dataDir];
  return loadSettings({ file: config, env: terminal.env, flags });
}

/**
 * Every node must accept a new secret before any node seals with it. A command on one machine cannot ensure that,
 * so the settings must.
 */
function requireFile({ server_secret, database }: Settings): void {
  if (server_secret !== undefined || database.url !== undefined) throw usageError(bySettings);
}

async function reportOf(
  settings: Settings,
  { random }: Context,
): Promise<{ readonly report: SecretReport; readonly secrets: SecretRing }> {
  const { requireSecretFile, loadSecrets } = await import('../../store/server-secret.ts');
  requireSecretFile(settings);
  const secrets = loadSecrets(settings, random);
  const { data_dir, database } = settings;
  if (database.url === undefined) {
    const { reportSecrets } = await import('../../store/sqlite/secret-report.ts');
    return { report: reportSecrets(data_dir, secrets), secrets };
  }
  const { reportSecrets } = await import('../../store/postgres/secret-report.ts');
  return { report: await reportSecrets(connectionTo(database.url, database), secrets), secrets };
}

async function rotateSecret(settings: Settings, context: Context): Promise<void> {
  const { report } = await reportOf(settings, context);
  if (report.state?.previous) {
    throw new CliError(exitCodes.failure, 'A rotation is under way. See: halley secret status');
  }
  const { rotateServerSecret } = await import('../../store/server-secret.ts');
  await note(settings, context, 'updated');
  rotateServerSecret(settings.data_dir, context.random);
}

async function removeOld(settings: Settings, context: Context): Promise<void> {
  const { readOldSecret, removeOldSecret } = await import('../../store/server-secret.ts');
  const { serverSecret } = await import('../../domain/secret-ring.ts');
  const { isSame } = await import('../../store/secret-order.ts');
  const { report } = await reportOf(settings, context);
  const old = readOldSecret(settings.data_dir);
  if (!old) throw new CliError(exitCodes.failure, 'There is no old server secret in the data directory.');
  const { fingerprint } = serverSecret(old);
  if (!report.state?.retired.some((retired) => isSame(retired, fingerprint))) {
    throw new CliError(
      exitCodes.failure,
      'The old server secret is still needed: start the gateway if it is not running, and wait until `halley secret status` says that the rotation is finished.',
    );
  }
  await note(settings, context, 'deleted');
  removeOldSecret(settings.data_dir);
}

/** Notes in the audit log what the command is about to do. */
async function note(
  settings: Settings,
  { clock, random }: Context,
  action: 'updated' | 'deleted',
): Promise<void> {
  const { openBeside } = await import('../../store/open-beside.ts');
  const { secretNote } = await import('../../store/audit-notes.ts');
  const store = await openBeside(settings, clock, random);
  const isNew = action === 'updated';
  const changes = store.by(commandOrigin(isNew ? 'secret rotate' : 'secret finish'));
  const name = isNew ? 'server_secret' : 'server_secret (old)';
  await changes.note([secretNote(action, name)]).finally(() => store.close());
}

const withoutState = ({ counts, nodes }: SecretReport) => ({ counts, nodes });

async function show(
  { terminal }: Context,
  { data_dir }: Settings,
  { state, counts, nodes }: SecretReport,
  secrets: SecretRing,
): Promise<void> {
  const { isSame } = await import('../../store/secret-order.ts');
  if (!state) {
    terminal.print('Nothing is sealed under a server secret yet.');
    return;
  }
  const sum = (of: 'total' | 'others') => counts.reduce((all, count) => all + count[of], 0);
  printTable(
    terminal,
    ['VALUES', 'SEALED', 'UNDER ANOTHER SECRET'],
    counts.map(({ kind, total, others }) => [kind, String(total), String(others)]),
  );
  const names = (wanted: (node: SecretReport['nodes'][number]) => boolean) =>
    visible(
      nodes
        .filter(wanted)
        .map(({ name }) => name)
        .join(', '),
    );
  if (state.previous) {
    terminal.print(
      `A rotation is under way: ${sum('others')} of ${sum('total')} values are not sealed under the new secret yet.`,
    );
    const behind = names(({ sealsUnderCurrent }) => !sealsUnderCurrent);
    if (behind !== '') terminal.print(`Re-sealing waits for nodes that seal under the old one: ${behind}.`);
    return;
  }
  terminal.print('No rotation is under way.');
  const isRetired = (fingerprint: Uint8Array) => state.retired.some((each) => isSame(each, fingerprint));
  if (secrets.known.some(({ fingerprint }) => isRetired(fingerprint))) {
    const { oldSecretFileName } = await import('../../store/server-secret.ts');
    terminal.print(
      visible(
        `The old secret is not needed any more: remove it from server_secrets_accepted, or remove ${data_dir}/${oldSecretFileName} with: halley secret finish`,
      ),
    );
  }
  const upcoming = secrets.known.some(
    (each) => !isSame(each.fingerprint, state.current) && !isRetired(each.fingerprint),
  );
  if (!upcoming) return;
  const behind = names(({ knowsAll }) => !knowsAll);
  terminal.print(
    behind === ''
      ? 'All running nodes accept the next secret: make it server_secret.'
      : `These nodes do not accept the next secret yet: ${behind}.`,
  );
}
