/** Finds the gateway and the access token for it: environment, file or profile, never the command line. */
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gatewayUrl } from './client.ts';
import { CliError, exitCodes, usageError } from './exit-codes.ts';
import { configFolder, type Profile, type Profiles, readProfiles, requirePrivate } from './profiles.ts';
import type { Environment } from './terminal.ts';

const token_bytes_max = 4096;

export interface Access {
  readonly url: string;
  /** Undefined when no token was found. */
  readonly token: string | undefined;
  /** The name of the profile that the token comes from. */
  readonly profile: string | undefined;
}

function readTokenFile(path: string): string {
  const { size } = statSync(path);
  requirePrivate(path, 'token file');
  if (size > token_bytes_max)
    throw new CliError(exitCodes.denied, `The token file ${path} is too large to hold a token.`);
  return readFileSync(path, 'utf8').trim();
}

/**
 * Reads `HALLEY_TOKEN`, else the file `HALLEY_TOKEN_FILE`, else `~/.config/halley/token` (under `XDG_CONFIG_HOME`
 * if it is set).
 * @returns undefined when none of them exists
 * @throws CliError for a file that other users can read, or for a named file that cannot be read
 */
export function findToken(env: Environment): string | undefined {
  if (env.HALLEY_TOKEN) return env.HALLEY_TOKEN;
  const path = env.HALLEY_TOKEN_FILE || join(configFolder(env), 'token');
  try {
    return readTokenFile(path) || undefined;
  } catch (error) {
    if (error instanceof CliError) throw error;
    if (!env.HALLEY_TOKEN_FILE) return undefined;
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError(exitCodes.denied, `The token file cannot be read: ${reason}`);
  }
}

function named(name: string, { byName }: Profiles): Profile {
  const profile = byName.get(name);
  if (profile) return profile;
  throw usageError(`There is no profile "${name}". Make it: halley login --profile ${name}`);
}

/**
 * Selects the current profile if no address is given or the profile is for it; otherwise any profile for the
 * address.
 */
function profileFor(url: string | undefined, { current, byName }: Profiles): string | undefined {
  const isFor = (name: string | undefined) =>
    name !== undefined && byName.has(name) && (url === undefined || byName.get(name)?.url === url);
  if (isFor(current)) return current;
  return url === undefined ? undefined : [...byName.keys()].find(isFor);
}

/**
 * A named profile (`--profile`, `HALLEY_PROFILE`) gives both address and token. Otherwise the token comes from the
 * environment, else from a profile for the address, else from the token file. The token of a profile is sent to the
 * profile's address only.
 * @param fallback address that is used when no other is given
 * @throws CliError
 */
export function findAccess(
  env: Environment,
  given: { readonly url?: string | undefined; readonly profile?: string | undefined },
  fallback: string,
): Access {
  const name = given.profile ?? (env.HALLEY_PROFILE || undefined);
  const address = given.url ?? (given.profile === undefined ? env.HALLEY_URL || undefined : undefined);
  const wanted = address === undefined ? undefined : gatewayUrl(address);
  if (name !== undefined) {
    const { url, token } = named(name, readProfiles(env));
    if (wanted === undefined || wanted === url) return { url, token, profile: name };
    throw usageError(`The profile "${name}" is for ${url}, not for ${wanted}.`);
  }
  if (!env.HALLEY_TOKEN && !env.HALLEY_TOKEN_FILE) {
    const profiles = readProfiles(env);
    const found = profileFor(wanted, profiles);
    if (found !== undefined) return { ...named(found, profiles), profile: found };
  }
  return { url: wanted ?? gatewayUrl(fallback), token: findToken(env), profile: undefined };
}
