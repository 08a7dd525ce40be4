/** Stores named gateways with their access tokens in a file that only its owner can read. */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { CliError, exitCodes, usageError } from './exit-codes.ts';
import { writeSynced } from './synced-file.ts';
import type { Environment } from './terminal.ts';

export interface Profile {
  readonly url: string;
  readonly token: string;
  /** Empty when the account of a pasted token is unknown. */
  readonly username: string;
}

export interface Profiles {
  /** Name of the default profile; undefined when there is none. */
  readonly current: string | undefined;
  readonly byName: ReadonlyMap<string, Profile>;
}

const file_bytes_max = 1_048_576;

/** The directory of the command line's own files. */
export const configFolder = (env: Environment): string =>
  join(env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config'), 'halley');

export const profilesFile = (env: Environment): string => join(configFolder(env), 'profiles.json');

/** @throws CliError when other users can read the file */
export function requirePrivate(path: string, what: string): void {
  const { mode } = statSync(path);
  if (process.platform === 'win32' || (mode & 0o077) === 0) return;
  throw new CliError(
    exitCodes.denied,
    `The ${what} ${path} can be read by other users. Run: chmod 600 ${path}`,
  );
}

/** @throws CliError for a name that could be confused with something else */
export function profileName(text: string): string {
  if (!/^[\w.-]{1,64}$/.test(text)) {
    throw usageError(`"${text}" is not a profile name: use letters, digits, ".", "_" and "-", 64 at most.`);
  }
  return text;
}

function isProfile(value: unknown): value is Profile {
  if (typeof value !== 'object' || value === null) return false;
  const { url, token, username } = value as Record<string, unknown>;
  return [url, token, username].every((each) => typeof each === 'string');
}

function parse(text: string): Profiles | undefined {
  try {
    const { current, profiles } = JSON.parse(text) as { current?: unknown; profiles?: unknown };
    const entries = Object.entries(profiles as object);
    if (!entries.every((entry): entry is [string, Profile] => isProfile(entry[1]))) return undefined;
    return { current: typeof current === 'string' ? current : undefined, byName: new Map(entries) };
  } catch {
    return undefined;
  }
}

/** @throws CliError when the file cannot be used or other users can read it */
export function readProfiles(env: Environment): Profiles {
  const path = profilesFile(env);
  let text: string;
  try {
    if (statSync(path).size > file_bytes_max) throw new CliError(exitCodes.failure, `${path} is too large.`);
    requirePrivate(path, 'file of profiles');
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof CliError) throw error;
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { current: undefined, byName: new Map() };
    throw new CliError(exitCodes.failure, `The profiles cannot be read: ${message}`);
  }
  const profiles = parse(text);
  if (profiles) return profiles;
  throw new CliError(
    exitCodes.failure,
    `${path} contains no profiles. Move it away and run \`halley login\`.`,
  );
}

/** Replaces the file atomically: after a crash it has either the old or the new content. */
export function writeProfiles(env: Environment, { current, byName }: Profiles): void {
  const path = profilesFile(env);
  const text = `${JSON.stringify({ current, profiles: Object.fromEntries(byName) }, null, 2)}\n`;
  const draft = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    rmSync(draft, { force: true });
    writeSynced(draft, text, 0o600);
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError(exitCodes.failure, `The profile cannot be stored: ${reason}`);
  }
}

/** Replaces the token of a profile. */
export function renewToken(env: Environment, name: string, token: string): void {
  const { current, byName } = readProfiles(env);
  const profile = byName.get(name);
  if (profile) writeProfiles(env, { current, byName: new Map([...byName, [name, { ...profile, token }]]) });
}
