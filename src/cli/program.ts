/** The command line as a whole, as a value: halley.ts runs it, and docs/cli.md is made from it. */
import { Command } from 'commander';
import { version } from '../platform/version.ts';
import { addBackup, addRestore } from './commands/backup.ts';
import { addChannels } from './commands/channels.ts';
import { addDoctor } from './commands/doctor.ts';
import { addFleet } from './commands/fleet.ts';
import { addKeys } from './commands/keys.ts';
import { addLedger } from './commands/ledger.ts';
import { addMigrate } from './commands/migrate.ts';
import { addOpenApi } from './commands/openapi.ts';
import { addPrices } from './commands/prices.ts';
import { addRoot } from './commands/root.ts';
import { addSecret } from './commands/secret.ts';
import { addServe } from './commands/serve.ts';
import { addSettings } from './commands/settings.ts';
import { addSupervise } from './commands/supervise.ts';
import { addUsers } from './commands/users.ts';
import type { Context } from './context.ts';
import { exitCodeMeanings } from './exit-codes.ts';

const environment: readonly (readonly [string, string])[] = [
  ['HALLEY_URL', 'address of the gateway'],
  ['HALLEY_TOKEN', 'personal access token'],
  ['HALLEY_TOKEN_FILE', 'file that holds it (mode 600); default ~/.config/halley/token'],
  ['HALLEY_CONFIG', 'file with settings'],
  ['NO_COLOR', 'when set, nothing is coloured'],
];

const rows = (pairs: readonly (readonly [string | number, string])[]): string =>
  pairs.map(([name, text]) => `  ${String(name).padEnd(18)} ${text}`).join('\n');

/** Every failure is thrown: a CommanderError, a CliError or a SettingsError. */
export function buildProgram(context: Context): Command {
  const program = new Command('halley')
    .description(
      'A self-hosted AI-model gateway whose deleted keys are dead the moment the deletion is confirmed.',
    )
    .version(version, '--version', 'show the version')
    .exitOverride()
    .showHelpAfterError('Add --help to see how it is used.')
    .addHelpText('after', `\nEnvironment:\n${rows(environment)}\n\nExit codes:\n${rows(exitCodeMeanings)}`);
  for (const add of [
    addServe,
    addSupervise,
    addKeys,
    addUsers,
    addChannels,
    addPrices,
    addLedger,
    addBackup,
    addRestore,
    addMigrate,
    addFleet,
    addSecret,
    addRoot,
    addDoctor,
    addSettings,
    addOpenApi,
  ]) {
    add(program, context);
  }
  return program;
}
