/** Deletes several resources after one confirmation; prints every outcome; the first failure sets the exit code. */
import type { Client } from './client.ts';
import { asRecord } from './client.ts';
import type { Context, RemoteOptions } from './context.ts';
import { printJson, visible } from './display.ts';
import { AlreadyDeleted, CliError } from './exit-codes.ts';
import { requireConfirmation } from './terminal.ts';
import { parseIds } from './values.ts';
import { watchDeletion } from './watch-deletion.ts';

export interface DeleteOptions extends RemoteOptions {
  readonly watch?: true;
  readonly yes?: true;
}

export interface Deletion {
  readonly client: Client;
  /** `key`, `user` or `channel`. */
  readonly noun: string;
  /** The path before the id, such as `/api/token/`. */
  readonly path: string;
  /** The keys that a deletion which is followed may be about. */
  readonly scope?: 'own' | 'managed';
  /** The field that contains the name of a resource. */
  readonly nameField: string;
  /** The last sentence of the confirmation question. */
  readonly warning: string;
  /** Completes the success message: `is dead…`. */
  readonly done: string;
}

/** Returns how the confirmation question names a resource. */
async function nameOf({ client, path, nameField }: Deletion, id: string): Promise<string> {
  try {
    const record = asRecord(await client.call({ path: path + id }));
    return `${id} "${visible(record[nameField])}"`;
  } catch (error) {
    if (error instanceof AlreadyDeleted) return `${id} (already deleted)`;
    throw error;
  }
}

/**
 * Asks for confirmation, then deletes in the given order. A resource that was deleted before counts as a success,
 * so that a script can repeat a command whose output it lost. With `--json` prints `[{id, deleted, message}]`.
 */
export async function deleteAll(
  context: Context,
  what: Deletion,
  ids: readonly string[],
  options: DeleteOptions,
): Promise<void> {
  const { terminal } = context;
  const { client, noun, path } = what;
  const wanted = parseIds(ids);
  await requireConfirmation(terminal, options.yes, async () => {
    const names: string[] = [];
    for (const id of wanted) names.push(await nameOf(what, id));
    return `Delete ${noun} ${names.join(', ')}? ${what.warning}`;
  });
  if (options.watch) {
    await watchDeletion(context, client, {
      ids: wanted,
      scope: what.scope ?? 'own',
      isJson: options.json === true,
    });
    return;
  }
  const outcomes: { id: number; deleted: boolean; message: string }[] = [];
  let exitCode: number | undefined;
  for (const id of wanted) {
    try {
      await client.call({ method: 'DELETE', path: path + id });
      outcomes.push({ id: Number(id), deleted: true, message: '' });
      if (!options.json) terminal.print(`${noun[0]?.toUpperCase()}${noun.slice(1)} ${id} ${what.done}`);
    } catch (error) {
      if (error instanceof AlreadyDeleted) {
        const message = `already deleted at ${error.at}`;
        outcomes.push({ id: Number(id), deleted: true, message });
        if (!options.json) terminal.print(`${noun[0]?.toUpperCase()}${noun.slice(1)} ${id}: ${message}.`);
        continue;
      }
      if (!(error instanceof CliError)) throw error;
      exitCode ??= error.exitCode;
      outcomes.push({ id: Number(id), deleted: false, message: error.message });
      terminal.warn(`halley: ${noun} ${id} was not deleted: ${visible(error.message)}`);
    }
  }
  if (options.json) printJson(terminal, outcomes);
  if (exitCode !== undefined) context.setExitCode(exitCode);
}
