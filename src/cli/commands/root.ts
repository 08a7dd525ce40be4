/** `halley root`: replaces a lost password or access token of root. */
import type { Command } from 'commander';
import type { Tombstone } from '../../domain/tombstone.ts';
import { limits } from '../../platform/limits.ts';
import type { Settings } from '../../platform/settings/schema.ts';
import { commandOrigin } from '../command-origin.ts';
import { type Context, examples } from '../context.ts';
import { requireOwner } from '../data-owner.ts';
import { printFields, visible } from '../display.ts';
import { exitCodes, usageError } from '../exit-codes.ts';
import { readSecretFile, requireConfirmation } from '../terminal.ts';

interface ResetOptions {
  readonly config?: string;
  readonly dataDir?: string;
  readonly token?: true;
  readonly password?: true;
  readonly passwordFile?: string;
  readonly yes?: true;
}

export function addRoot(program: Command, context: Context): void {
  const { terminal } = context;
  const root = program
    .command('root')
    .description('recover root; only the operator of the machine can do this');
  const command = root
    .command('reset')
    .description(
      'set a new access token and password of root directly in the database, and print them once; gateways and nodes may be running',
    )
    .option('--token', 'only a new access token; the previous one is revoked for good')
    .option('--password', 'only a new password, which ends the sessions of root')
    .option('--password-file <file>', 'read the new password from a file; - is standard input')
    .option('--config <file>', 'YAML file with settings, as for `serve`')
    .option(
      '--data-dir <dir>',
      'data directory of the gateway (HALLEY_DATA_DIR); with the setting database.url that database is meant',
    )
    .option('-y, --yes', 'do not ask for confirmation')
    .action(async (options: ResetOptions) => {
      const chosen = options.passwordFile === undefined ? undefined : newPassword(options.passwordFile);
      // Imported on demand, so that other commands start faster.
      const { loadSettings } = await import('../../platform/settings/load.ts');
      const flags = options.dataDir === undefined ? [] : ['--data-dir', options.dataDir];
      const settings = loadSettings({ file: options.config, env: terminal.env, flags });
      if (settings.database.url === undefined) requireOwner(settings.data_dir);
      await requireConfirmation(terminal, options.yes, async () => 'Replace the credentials of root?');
      const both = !options.token && !options.password && chosen === undefined;
      const made = await reset(settings, context, {
        token: both || options.token === true,
        password: chosen ? { chosen } : both || options.password ? 'made' : undefined,
      });
      const fields = [
        ['user name', made.username],
        ['password', chosen ? undefined : made.password],
        ['access token', made.token],
      ].filter((field): field is [string, string] => field[1] !== undefined);
      const [, only, second] = fields;
      if (only && !second) terminal.print(only[1]);
      else if (only) printFields(terminal, fields);
      if (made.unlogged !== undefined) {
        terminal.warn(visible(`${made.unlogged} The next start of the gateway completes the log.`));
        context.setExitCode(exitCodes.failure);
      }
      terminal.warn(visible(`Root is "${made.username}". The replaced credentials no longer work.`));
    });
  examples(
    command,
    'halley root reset --data-dir /var/lib/halley',
    'HALLEY_TOKEN=$(halley root reset --token --yes)',
    'halley root reset --password-file - --yes < new-password',
  );
}

/** Applies the same bounds as the API. */
function newPassword(file: string): string {
  const password = readSecretFile(file);
  const { password_chars_min: min, password_chars_max: max } = limits;
  if (password.length < min || password.length > max) {
    throw usageError(`The password must have ${min} to ${max} characters.`);
  }
  return password;
}

async function reset(
  settings: Settings,
  { clock, random }: Context,
  wanted: { readonly token: boolean; readonly password: 'made' | { readonly chosen: string } | undefined },
) {
  const { openBeside } = await import('../../store/open-beside.ts');
  const { resetRoot } = await import('../../accounts/reset-root.ts');
  const { Passwords } = await import('../../accounts/passwords.ts');
  const store = await openBeside(settings, clock, random);
  try {
    const origin = commandOrigin('root reset');
    const passwords = new Passwords(random);
    const made = await resetRoot({ store, origin, passwords, random, ...wanted });
    const unlogged = made.tombstone && (await log(settings, made.tombstone));
    return { ...made, unlogged };
  } finally {
    await store.close();
  }
}

/**
 * Writes the tombstone to the log of this machine. The nodes of a cluster copy it from the database to their own
 * logs.
 * @returns why it could not be written
 */
async function log(settings: Settings, tombstone: Tombstone): Promise<string | undefined> {
  const { openTombstoneLog } = await import('../../store/tombstones/open-log.ts');
  const { path, url } = settings.tombstones;
  // With a shared database, the data directory here is not necessarily one that a node uses.
  if (settings.database.url !== undefined && path === undefined && url === undefined) return undefined;
  try {
    const tombstones = await openTombstoneLog(settings);
    await tombstones.append([tombstone]).finally(() => tombstones.close());
    return undefined;
  } catch (error) {
    // A failure here must not hide the new token or password, which is already in effect.
    return error instanceof Error ? error.message : String(error);
  }
}
