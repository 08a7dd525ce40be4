/** `halley init`: writes the first settings file, checks it, and names the next commands. */
import { existsSync } from 'node:fs';
import { isAbsolute, join, relative, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { Settings } from '../../platform/settings/schema.ts';
import { type Context, examples } from '../context.ts';
import { printJson, visible } from '../display.ts';
import type { Finding } from '../finding.ts';
import { databases, type InitOptions, tlsWays } from '../init-options.ts';

interface Options extends InitOptions {
  readonly config: string;
  readonly bootstrapToken?: true;
  readonly offline?: true;
  readonly force?: true;
  readonly json?: true;
}

const tokenBytes = 24;

/** @returns the settings that `serve` would use, and what the checks of `doctor` found */
async function writeSettings(context: Context, options: Options, file: string) {
  const { terminal, clock } = context;
  // Imported on demand, so that other commands start faster.
  const { existing, writeSettingsFile } = await import('../settings-file.ts');
  const { chooseSettings } = await import('../init-questions.ts');
  const { findingsHere } = await import('../diagnose.ts');
  const { checkPort } = await import('../diagnose-port.ts');
  const { checkPostgres } = await import('../diagnose-postgres.ts');
  const { settingsSchema } = await import('../../platform/settings/schema.ts');
  if (existsSync(file) && !options.force) throw existing(file);
  const tryDatabase = async (url: string) => {
    if (options.offline) return undefined;
    const findings = await checkPostgres(url, settingsSchema.parse({ database: { url } }), clock);
    return findings.find(({ check, outcome }) => check === 'database' && outcome === 'failed')?.message;
  };
  const given: Record<string, unknown> = { ...(await chooseSettings({ terminal, options, tryDatabase })) };
  if (options.bootstrapToken)
    given.bootstrap_token = Buffer.from(context.random(tokenBytes)).toString('base64url');
  const loaded = writeSettingsFile(file, { given, env: terminal.env, force: options.force === true });
  const findings = await findingsHere(loaded, clock, { withDatabase: !options.offline });
  findings.push(await checkPort(loaded.settings.listen));
  return { loaded, findings, overridden: overridden(loaded.effective, Object.keys(given), file) };
}

/** @returns a sentence for each setting of the file that the environment overrides */
function overridden(
  effective: readonly { readonly name: string; readonly source: string }[],
  names: readonly string[],
  file: string,
): string[] {
  return effective
    .filter(({ name, source }) => names.includes(name) && source.startsWith('HALLEY_'))
    .map(({ name, source }) => `${source} is set, and overrides ${name} of ${file}.`);
}

/** Quotes a word for a POSIX shell where it needs that. */
const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;

/** The path of bin/halley: a relative one inside the working directory. */
function ownCommand(): string {
  const path = resolve(join(import.meta.dirname, '../../../bin/halley'));
  const near = relative(process.cwd(), path);
  return shellWord(near.startsWith('..') || isAbsolute(near) ? path : near);
}

/** @returns commands that work when they are pasted: they start the gateway, check it, and sign in */
function nextCommands(file: string, settings: Settings, here: string): string[] {
  const halley = ownCommand();
  const config = `--config ${shellWord(file)}`;
  // A certificate is for the public name, and not for the address of this machine.
  const isNamed = settings.tls.cert_path !== undefined && settings.public_url !== undefined;
  const url = isNamed ? (settings.public_url ?? here) : here;
  return [
    `${halley} serve ${config}`,
    `${halley} doctor ${config}${isNamed ? ` --url ${shellWord(url)}` : ''}`,
    `${halley} login --url ${shellWord(url)}`,
  ];
}

function printResult(
  { terminal }: Context,
  file: string,
  next: readonly string[],
  findings: readonly Finding[],
  hasToken: boolean,
): void {
  const token = hasToken ? `that is in ${file} as bootstrap_token` : 'that the first start printed';
  terminal.print(`${visible(file)} is written, and \`halley serve\` accepts it.`);
  for (const { check, message } of findings) terminal.print(visible(`To do: ${check}: ${message}`));
  const [serve, doctor, login] = next;
  terminal.print(`
Start the gateway:

  ${serve}

In a second terminal, check it:

  ${doctor}

and sign in with the access token ${visible(token)}:

  ${login}`);
}

export function addInit(program: Command, context: Context): void {
  const { terminal } = context;
  const command = program
    .command('init')
    .description(
      'write a first settings file: ask on a terminal for what no flag sets, check the file as `serve` does, and show the next commands',
    )
    .option('--config <file>', 'the file to write', 'halley.yaml')
    .option('--data-dir <directory>', 'data directory (default: halley-data in the working directory)')
    .addOption(
      new Option('--database <kind>', 'SQLite in the data directory, or PostgreSQL').choices(databases),
    )
    .option(
      '--database-url-file <file>',
      'file with the address of the PostgreSQL database (HALLEY_DATABASE_URL); - is standard input',
    )
    .option('--offline', 'do not try to connect to the database')
    .option('--listen <host:port>', 'address and port to listen on (default 127.0.0.1:8787)')
    .addOption(
      new Option('--tls <by>', 'HTTPS by Halley itself, by a proxy in front, or by none').choices(tlsWays),
    )
    .option('--cert-path <file>', 'certificate and chain, for --tls halley')
    .option('--key-path <file>', 'private key of the certificate')
    .option(
      '--trusted-proxies <addresses>',
      'addresses of the proxy, for --tls proxy (default 127.0.0.1,::1)',
    )
    .option('--public-url <url>', 'address at which clients reach the gateway')
    .option('--demo', 'keep the built-in demo model (default)')
    .option('--no-demo', 'leave the demo model out')
    .option('--bootstrap-token', "create root's first access token, so that the first start prints no secret")
    .option('--force', 'replace the file if it exists')
    .option('--yes', 'do not ask; use the default for everything that no flag sets')
    .option('--json', 'print {file, next, findings}, for programs')
    .action(async (options: Options) => {
      const { urlOf } = await import('../diagnose.ts');
      const { config } = options;
      const file = resolve(config);
      const { loaded, findings, overridden } = await writeSettings(context, options, file);
      const next = nextCommands(file, loaded.settings, urlOf(loaded.settings));
      const open = findings.filter(({ outcome }) => outcome === 'failed' || outcome === 'warning');
      for (const sentence of overridden) terminal.warn(visible(sentence));
      if (options.json) {
        const shown = open.map(({ check, outcome, message }) => ({ check, outcome, message }));
        return printJson(terminal, { file, next, findings: shown });
      }
      printResult(context, file, next, open, loaded.settings.bootstrap_token !== undefined);
    });
  examples(
    command,
    'halley init',
    'halley init --config /etc/halley/halley.yaml --data-dir /var/lib/halley --bootstrap-token --yes',
    'halley init --database-url-file - --listen 0.0.0.0:8787 --tls proxy --trusted-proxies 10.0.0.5 < database-url',
  );
}
