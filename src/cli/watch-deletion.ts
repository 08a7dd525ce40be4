/** Deletes keys and prints what happens until no node uses them any more: `halley keys delete --watch`. */
import type { Client } from './client.ts';
import type { Context } from './context.ts';
import { visible } from './display.ts';
import { CliError, exitCodes } from './exit-codes.ts';

type Event = Readonly<Record<string, unknown>>;

/** @returns the line for people; undefined = nothing new */
function lineOf(event: Event, silentBefore: string): string | undefined {
  const moment = new Date(Number(event.at_ms)).toISOString();
  switch (event.event) {
    case 'committed':
      return `Deleted for good at ${moment}.`;
    case 'node':
      return `Node ${visible(event.name)}: ${visible(event.way)} (${event.confirmed} of ${event.nodes}).`;
    case 'waiting': {
      const silent = silentOf(event);
      const seconds = (Number(event.lease_left_ms) / 1000).toFixed(1);
      return silent === silentBefore
        ? undefined
        : `Waiting for ${visible(silent)}, ${seconds} s at most: then its lease is over.`;
    }
    case 'done': {
      const receipts = (event.receipt_ids as readonly number[]).join(', ');
      return `Dead on every node, ${event.waited_ms} ms, ${moment}. Receipt ${receipts}.`;
    }
    default:
      return undefined;
  }
}

const silentOf = (event: Event): string =>
  event.event === 'waiting' ? (event.silent as readonly string[]).join(', ') : '';

export interface WatchedDeletion {
  readonly ids: readonly string[];
  /** Whose keys they may be. */
  readonly scope: 'own' | 'managed';
  readonly isJson: boolean;
}

/** @throws CliError when the deletion could not be confirmed */
export async function watchDeletion(
  { terminal }: Context,
  client: Client,
  { ids, scope, isJson }: WatchedDeletion,
): Promise<void> {
  let silent = '';
  let last: Event = {};
  const body = { ids: ids.map(Number), scope };
  for await (const event of client.lines({
    method: 'POST',
    path: '/api/token/deletion',
    body,
    flags: { ids: '<ids>', scope: '--any-account' },
  })) {
    const line = isJson ? JSON.stringify(event) : lineOf(event, silent);
    if (line !== undefined) terminal.print(line);
    silent = silentOf(event);
    last = event;
  }
  if (last.event === 'failed') throw new CliError(exitCodes.serverError, visible(last.message));
  if (last.event !== 'done') {
    const message = 'The gateway ended before it confirmed the deletion. Send it again.';
    throw new CliError(exitCodes.unreachable, message);
  }
}
