/** Channels in PostgreSQL. Writes here are parts of transactions that the engine opens. */
import { statement } from '../statement.ts';
import { channelRow, channelSql } from '../statements/channels.ts';
import type { ChannelFields, ChannelRow } from '../store.ts';
import { channels } from '../tables.ts';
import type { Queryable } from './connection.ts';
import { isRowId } from './values.ts';

const { id } = channels;
const lock = statement({ id }, 'SELECT * FROM channels WHERE id = :id FOR UPDATE', channelRow);

/** Oldest first. */
export function listChannels(db: Queryable): Promise<readonly ChannelRow[]> {
  return db.all(channelSql.all);
}

export async function getChannel(db: Queryable, id: number): Promise<ChannelRow | undefined> {
  return isRowId(id) ? db.get(channelSql.byId, { id }) : undefined;
}

/** Part of a transaction. */
export function insertChannel(
  tx: Queryable,
  channel: ChannelFields & Pick<ChannelRow, 'createdAt'>,
): Promise<ChannelRow> {
  return tx.one(channelSql.insert, channel);
}

/** A channel before and after a change. */
export interface ChangedChannel {
  readonly before: ChannelRow;
  readonly channel: ChannelRow;
}

/** Part of a transaction. */
export async function updateChannel(
  tx: Queryable,
  id: number,
  fields: Partial<ChannelFields>,
): Promise<ChangedChannel | undefined> {
  const before = isRowId(id) ? await tx.get(lock, { id }) : undefined;
  if (!before) return undefined;
  const channel = { ...before, ...fields };
  await tx.run(channelSql.update, channel);
  return { before, channel };
}

/** Part of a transaction. @returns what it was; undefined = it was not there */
export async function deleteChannel(tx: Queryable, id: number): Promise<ChannelRow | undefined> {
  return isRowId(id) ? tx.get(channelSql.remove, { id }) : undefined;
}
