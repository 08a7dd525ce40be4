/** Runs the checks of `halley doctor`. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../platform/clock.ts';
import { HalleyError } from '../platform/errors.ts';
import { systemRandom } from '../platform/random.ts';
import { type LoadedSettings, resolveSettings, SettingsError } from '../platform/settings/load.ts';
import type { Settings } from '../platform/settings/schema.ts';
import { nodeIdFileName } from '../store/node-id.ts';
import { lockDirectory } from '../store/sqlite/directory-lock.ts';
import { databaseFileName } from '../store/sqlite/open.ts';
import { storageFailure } from '../store/storage-failure.ts';
import { type Client, createClient } from './client.ts';
import { defaultUrl } from './context.ts';
import { type Access, findAccess } from './credentials.ts';
import { checkDirectory } from './diagnose-directory.ts';
import { checkDisks } from './diagnose-disk.ts';
import { checkListener, checkSeen } from './diagnose-listener.ts';
import { checkMachine } from './diagnose-machine.ts';
import { checkPort } from './diagnose-port.ts';
import { checkPostgres } from './diagnose-postgres.ts';
import { checkFileSecrets } from './diagnose-secret.ts';
import { checkTombstones } from './diagnose-tombstones.ts';
import { CliError, exitCodes } from './exit-codes.ts';
import { type Finding, failed, ok, skipped, warning } from './finding.ts';
import { allPages, type Fields } from './listing.ts';
import type { Environment } from './terminal.ts';

/** Checks the structure of the database file without changing it. A gateway may be running. */
function checkDatabase(directory: string): Finding {
  const check = 'database';
  const path = join(directory, databaseFileName);
  if (!existsSync(path)) return ok(check, 'There is none yet; `halley serve` creates it.');
  try {
    const database = new DatabaseSync(path, { readOnly: true, timeout: 1000 });
    try {
      const result = Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {})[0];
      if (result === 'ok') return ok(check, `${path} is sound.`);
      return failed(
        check,
        `${path} is damaged (${result}). Restore it from a backup: see halley restore --help.`,
      );
    } finally {
      database.close();
    }
  } catch (error) {
    return failed(check, storageFailure(path, error).message);
  }
}

/**
 * Called when no gateway can be reached. A locked directory then means that the gateway hangs or uses another
 * address.
 */
function checkLock(directory: string): Finding[] {
  // Taking the lock creates its file, which should belong to the user that the gateway runs as.
  if (![databaseFileName, nodeIdFileName].some((name) => existsSync(join(directory, name)))) return [];
  try {
    lockDirectory(directory).release();
    return [ok('lock', `No process uses ${directory}.`)];
  } catch (error) {
    if (!(error instanceof HalleyError)) throw error;
    return [failed('lock', `${error.message} If it is the gateway, give its address with --url.`)];
  }
}

async function checkGateway(client: Client): Promise<Finding> {
  const check = 'gateway';
  try {
    const { status } = await client.plain('/readyz');
    if (status === 200) return ok(check, `The gateway at ${client.url} is ready.`);
    const message = `The gateway at ${client.url} is not ready (status ${status}). See its log.`;
    return failed(check, message, exitCodes.serverError);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return failed(check, error.message, error.exitCode);
  }
}

async function checkChannels(client: Client): Promise<Finding[]> {
  const check = 'channels';
  const channels: Fields[] = [];
  try {
    for await (const { items } of allPages(client, { path: '/api/channel/', byCursor: false })) {
      channels.push(...items);
    }
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return [failed(check, `They cannot be listed: ${error.message}`, error.exitCode)];
  }
  if (channels.length === 0) {
    return [failed(check, 'There is none, so no model can be used. Run: halley channels create --help')];
  }
  const findings: Finding[] = [];
  for (const channel of channels) findings.push(await checkChannel(client, channel));
  return findings;
}

async function checkChannel(client: Client, channel: Fields): Promise<Finding> {
  const check = `channel ${channel.id} "${channel.name}"`;
  if (channel.status !== 1) return skipped(check, 'It is disabled.');
  try {
    await client.call({ path: `/api/channel/test/${channel.id}` });
    return ok(check, 'It answers.');
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    const cure = `Check its address, keys and models. See: halley channels show ${channel.id}`;
    return failed(check, `${error.message} ${cure}`, error.exitCode);
  }
}

/** Derives the address of the gateway on this machine from its settings. */
export function urlOf(settings: Settings): string {
  const colon = settings.listen.lastIndexOf(':');
  const [host, port] = [settings.listen.slice(0, colon), settings.listen.slice(colon + 1)];
  if (port === '0') return defaultUrl;
  const scheme = settings.tls.cert_path === undefined ? 'http' : 'https';
  return `${scheme}://${host.replace(/^0\.0\.0\.0$/, '127.0.0.1').replace(/^\[::\]$/, '[::1]')}:${port}`;
}

export interface DiagnoseOptions {
  /** The address of the gateway. Defaults to that of the profile, then `HALLEY_URL`, then the setting `listen`. */
  readonly url?: string | undefined;
  readonly profile?: string | undefined;
  /** The path of the settings file. */
  readonly config?: string | undefined;
}

/**
 * The current profile may be for a different gateway. Uses the gateway of these settings unless the operator names
 * one.
 */
function accessTo(
  here: string,
  env: Environment,
  { url, profile }: DiagnoseOptions,
  findings: Finding[],
): Pick<Access, 'url' | 'token'> {
  const isNamed = url !== undefined || profile !== undefined || env.HALLEY_PROFILE || env.HALLEY_URL;
  try {
    return findAccess(env, { url: isNamed ? url : here, profile }, here);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    findings.push(failed('access token', error.message, error.exitCode));
    return { url: url ?? (env.HALLEY_URL || here), token: undefined };
  }
}

/** Checks what needs no running gateway. */
export async function findingsHere(
  loaded: LoadedSettings,
  clock: Clock,
  { withDatabase }: { readonly withDatabase: boolean },
): Promise<Finding[]> {
  const { settings } = loaded;
  const { data_dir: dir, database } = settings;
  const findings = [
    ...checkMachine(loaded, clock),
    ...checkListener(settings, clock),
    ...checkDirectory(settings),
    ...checkDisks(settings, systemRandom),
  ];
  if (database.url === undefined) findings.push(checkDatabase(dir), ...checkFileSecrets(settings));
  else if (withDatabase) findings.push(...(await checkPostgres(database.url, settings, clock)));
  return [...findings, checkTombstones(settings)];
}

/** Returns all findings in the order of the checks. Changes nothing, but sends a small request to each channel. */
export async function diagnose(env: Environment, options: DiagnoseOptions, clock: Clock): Promise<Finding[]> {
  const findings: Finding[] = [];
  let settings: Settings | undefined;
  try {
    const loaded = resolveSettings({ file: options.config, env: env });
    settings = loaded.settings;
    findings.push(
      ok('settings', 'They are valid.'),
      ...loaded.warnings.map((message) => warning('settings', message)),
    );
    findings.push(...(await findingsHere(loaded, clock, { withDatabase: true })));
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    findings.push(...error.problems.map((problem) => failed('settings', problem, exitCodes.settings)));
  }
  const here = settings ? urlOf(settings) : defaultUrl;
  const { url, token } = accessTo(here, env, options, findings);
  const client = createClient(url, token);
  const gateway = await checkGateway(client);
  findings.push(gateway);
  if (gateway.outcome === 'failed' && settings) {
    const lock = checkLock(settings.data_dir);
    if (gateway.exitCode === exitCodes.unreachable) findings.push(...lock);
    // A process that holds the lock is the gateway, and holds the port as well.
    if (lock.every(({ outcome }) => outcome === 'ok')) findings.push(await checkPort(settings.listen));
  }
  if (gateway.outcome === 'failed')
    findings.push(skipped('channels', 'They are tested through the gateway.'));
  else if (token === undefined) {
    findings.push(
      skipped('channels', 'Testing them needs the access token of an administrator, in HALLEY_TOKEN.'),
    );
  } else findings.push(...(await checkSeen(client, clock)), ...(await checkChannels(client)));
  return findings;
}
