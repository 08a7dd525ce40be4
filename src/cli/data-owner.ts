/** Keeps commands from leaving files in a data directory that the gateway's user cannot use. */
import { statSync } from 'node:fs';
import { usageError } from './exit-codes.ts';

/** @throws CliError when the directory belongs to a different user than the one who runs the command */
export function requireOwner(dir: string): void {
  const owner = statSync(dir, { throwIfNoEntry: false })?.uid;
  const own = process.getuid?.();
  if (owner === undefined || own === undefined || owner === own) return;
  throw usageError(
    `${dir} belongs to another user (uid ${owner}), who could not use the files that this command creates. Run it as that user, for example: sudo -u '#${owner}' halley …`,
  );
}
