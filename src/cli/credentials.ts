/** Finds the personal access token for management calls: environment or file, never the command line. */
import { readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CliError, exitCodes } from './exit-codes.ts';
import type { Environment } from './terminal.ts';

const token_bytes_max = 4096;

function readTokenFile(path: string): string {
  const { mode, size } = statSync(path);
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw new CliError(
      exitCodes.denied,
      `The token file ${path} can be read by other users. Run: chmod 600 ${path}`,
    );
  }
  if (size > token_bytes_max)
    throw new CliError(exitCodes.denied, `The token file ${path} is too large to hold a token.`);
  return readFileSync(path, 'utf8').trim();
}

/**
 * `HALLEY_TOKEN`, else the file `HALLEY_TOKEN_FILE`, else `~/.config/halley/token` (under `XDG_CONFIG_HOME` where
 * that is set).
 * @returns undefined when nothing is there
 * @throws CliError for a file that others can read, or that was named and cannot be read
 */
export function findToken(env: Environment): string | undefined {
  if (env.HALLEY_TOKEN) return env.HALLEY_TOKEN;
  const standard = join(env.XDG_CONFIG_HOME || join(env.HOME || homedir(), '.config'), 'halley', 'token');
  const path = env.HALLEY_TOKEN_FILE || standard;
  try {
    return readTokenFile(path) || undefined;
  } catch (error) {
    if (error instanceof CliError) throw error;
    if (!env.HALLEY_TOKEN_FILE) return undefined;
    const reason = error instanceof Error ? error.message : String(error);
    throw new CliError(exitCodes.denied, `The token file cannot be read: ${reason}`);
  }
}
