/** `halley login`, `logout` and `profiles`: store gateways by name, each with an access token. */
import type { Command } from 'commander';
import { asRecord, createClient, gatewayUrl } from '../client.ts';
import { type Context, defaultUrl, examples } from '../context.ts';
import { counted, printJson, printTable, visible } from '../display.ts';
import { CliError, exitCodes, usageError } from '../exit-codes.ts';
import { tableOptions } from '../listing.ts';
import { type Profile, profileName, profilesFile, readProfiles, writeProfiles } from '../profiles.ts';
import { signIn } from '../session.ts';
import { readSecretFile, requireConfirmation, type Terminal } from '../terminal.ts';

interface LoginOptions {
  readonly url?: string;
  readonly profile?: string;
  readonly username?: string;
  readonly passwordFile?: string;
  readonly tokenFile?: string;
  readonly yes?: true;
  readonly json?: true;
}

interface LogoutOptions {
  readonly profile?: string;
  readonly revoke?: true;
  readonly json?: true;
}

const profileDefault = 'default';
const loopback = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/** Plain HTTP sends the password or token unencrypted. */
function warnOfPlainHttp(terminal: Terminal, url: string): void {
  const { protocol, hostname } = new URL(url);
  if (protocol !== 'http:' || loopback.test(hostname)) return;
  terminal.warn(`halley: ${url} is plain HTTP: others on the network can read what you send. Use https.`);
}

/** Creates an access token with `--username`; otherwise reads an existing token. */
async function tokenOf(context: Context, url: string, options: LoginOptions): Promise<Profile> {
  const { terminal } = context;
  const { passwordFile, tokenFile } = options;
  if (tokenFile !== undefined) return knownToken(url, readSecretFile(tokenFile).trim());
  let { username } = options;
  if (username === undefined) {
    if (!terminal.canAsk) {
      throw usageError(
        'There is no terminal to ask on. Give --token-file, or --username and --password-file.',
      );
    }
    username = (await terminal.ask('User name (leave empty to paste an access token): ')).trim();
    if (username === '') return knownToken(url, (await terminal.askSecret('Access token: ')).trim());
  }
  if (passwordFile === undefined && !terminal.canAsk) {
    throw usageError('There is no terminal to ask for the password. Give --password-file.');
  }
  const password =
    passwordFile === undefined ? await terminal.askSecret('Password: ') : readSecretFile(passwordFile);
  return newToken(context, url, { username, password, yes: options.yes });
}

/** Checks an existing token by asking the gateway for its account. */
async function knownToken(url: string, token: string): Promise<Profile> {
  const { username } = asRecord(await createClient(url, token).call({ path: '/api/user/self' }));
  return { url, token, username: String(username) };
}

async function newToken(
  { terminal }: Context,
  url: string,
  given: { readonly username: string; readonly password: string; readonly yes: true | undefined },
): Promise<Profile> {
  const session = await signIn(url, given.username, given.password);
  const { username } = session;
  try {
    if (session.hasToken) {
      await requireConfirmation(
        terminal,
        given.yes,
        async () =>
          `"${visible(username)}" already has an access token, and can have only one. A new one replaces it, and programs that use the old one stop working. Create a new one?`,
      );
    }
    return { url, token: await session.makeToken(), username };
  } finally {
    await session.end();
  }
}

function addLogin(program: Command, context: Context): void {
  const { terminal } = context;
  const command = program
    .command('login')
    .description(
      'store the address and an access token of a gateway as a profile for other commands; a user name and password create a new token',
    )
    .option('--url <url>', `address of the gateway (HALLEY_URL; default ${defaultUrl})`)
    .option(
      '--profile <name>',
      `name of the profile (HALLEY_PROFILE; default "${profileDefault}")`,
      profileName,
    )
    .option('--username <name>', 'sign in with this name and a password, and create an access token')
    .option('--password-file <file>', 'file that contains the password; - is standard input')
    .option('--token-file <file>', 'read the access token from this file; - is standard input')
    .option('--yes', 'replace an existing access token without asking')
    .option('--json', 'print {profile, url, username}, for programs')
    .action(async (options: LoginOptions) => {
      const { env } = terminal;
      const { tokenFile, username, passwordFile } = options;
      if (tokenFile !== undefined && (username !== undefined || passwordFile !== undefined)) {
        throw usageError('Give --token-file, or --username and --password-file.');
      }
      const name = profileName(options.profile ?? (env.HALLEY_PROFILE || profileDefault));
      // Read the profiles first. If they cannot be stored, the account's present token must not be replaced.
      const before = readProfiles(env);
      const url = gatewayUrl(options.url ?? (env.HALLEY_URL || before.byName.get(name)?.url || defaultUrl));
      warnOfPlainHttp(terminal, url);
      const profile = await tokenOf(context, url, options);
      const { byName } = readProfiles(env);
      writeProfiles(env, { current: name, byName: new Map([...byName, [name, profile]]) });
      if (options.json) return printJson(terminal, { profile: name, url, username: profile.username });
      terminal.print(
        `Signed in to ${url} as "${visible(profile.username)}": profile "${name}", used from now on.`,
      );
      if (env.HALLEY_TOKEN || env.HALLEY_TOKEN_FILE) {
        terminal.warn(
          'HALLEY_TOKEN or HALLEY_TOKEN_FILE is set, and takes precedence unless --profile is given.',
        );
      }
    });
  examples(
    command,
    'halley login --url https://gateway.example.com',
    'halley login --profile staging --url https://staging.example.com --username ana',
    'halley login --token-file - < token.txt',
  );
}

/** Returns the named profile or the current one. */
function profileMeant({ terminal }: Context, given: string | undefined) {
  const profiles = readProfiles(terminal.env);
  const name = given ?? (terminal.env.HALLEY_PROFILE || profiles.current);
  const profile = name === undefined ? undefined : profiles.byName.get(name);
  if (name !== undefined && profile) return { ...profiles, name, profile };
  throw new CliError(
    exitCodes.notFound,
    name === undefined ? 'No profile is in use.' : `There is no profile "${visible(name)}".`,
  );
}

function addLogout(program: Command, context: Context): void {
  const { terminal } = context;
  const command = program
    .command('logout')
    .description('remove a profile from this machine; its access token stays valid unless --revoke is given')
    .option('--profile <name>', 'the profile; by default the current one (HALLEY_PROFILE)')
    .option('--revoke', 'also revoke the access token at the gateway')
    .option('--json', 'print {profile, revoked}, for programs')
    .action(async (options: LogoutOptions) => {
      const { name, profile, current, byName } = profileMeant(context, options.profile);
      // Replacing the token ends it. The new one is not stored.
      if (options.revoke) await createClient(profile.url, profile.token).call({ path: '/api/user/token' });
      const rest = new Map([...byName].filter(([each]) => each !== name));
      writeProfiles(terminal.env, { current: current === name ? undefined : current, byName: rest });
      if (options.json) return printJson(terminal, { profile: name, revoked: options.revoke === true });
      terminal.print(`The profile "${name}" is removed.`);
      if (options.revoke) terminal.print('Its access token is revoked.');
      else
        terminal.warn(
          'Its access token is still valid. To revoke it, sign in again and log out with --revoke.',
        );
    });
  examples(command, 'halley logout', 'halley logout --profile staging --revoke');
}

function addProfiles(program: Command, context: Context): void {
  const { terminal } = context;
  const profiles = program.command('profiles').description('profiles that `halley login` stored');
  const list = tableOptions(profiles.command('list').description('list the profiles; * is the current one'))
    .option('--json', 'print [{name, url, username, current}], for programs')
    .action((options: { json?: true; wide?: true }) => {
      const { current, byName } = readProfiles(terminal.env);
      const rows = [...byName].map(([name, { url, username }]) => ({
        name,
        url,
        username,
        current: name === current,
      }));
      if (options.json) return printJson(terminal, rows);
      const cells = rows.map((row) => [
        visible(row.name) + (row.current ? ' *' : ''),
        visible(row.url),
        visible(row.username),
      ]);
      if (rows.length > 0 || !terminal.interactive) {
        printTable(terminal, ['NAME', 'URL', 'USER'], cells, options);
      }
      if (!terminal.interactive) return;
      terminal.warn(
        rows.length > 0
          ? `${counted(rows.length, 'profiles')} in ${profilesFile(terminal.env)}.`
          : 'No profiles. Make one: halley login',
      );
    });
  examples(list, 'halley profiles list');
  const use = profiles
    .command('use <name>')
    .description('make a profile the current one')
    .option('--json', 'print {profile, url}, for programs')
    .action((given: string, options: { json?: true }) => {
      const { name, profile, byName } = profileMeant(context, given);
      writeProfiles(terminal.env, { current: name, byName });
      if (options.json) return printJson(terminal, { profile: name, url: profile.url });
      terminal.print(`The profile "${name}" (${profile.url}) is used from now on.`);
    });
  examples(use, 'halley profiles use staging');
}

export function addSignIn(program: Command, context: Context): void {
  for (const add of [addLogin, addLogout, addProfiles]) add(program, context);
}
