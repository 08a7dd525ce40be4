/** Channels in PostgreSQL. Writes here are parts of transactions that the engine opens. */
import { channelRow } from '../rows.ts';
import { settableChannelColumns, settableChannelValues } from '../settable.ts';
import type { ChannelFields, ChannelRow } from '../store.ts';
import type { Queryable, Row } from './connection.ts';
import { assignments, isRowId, parameters } from './values.ts';

const insertColumns = ['created_at', ...settableChannelColumns];

const channelSql = {
  all: 'SELECT * FROM channels ORDER BY id',
  byId: 'SELECT * FROM channels WHERE id = $1',
  lock: 'SELECT * FROM channels WHERE id = $1 FOR UPDATE',
  insert: `INSERT INTO channels (${insertColumns.join(', ')})
    VALUES (${parameters(insertColumns, 1)}) RETURNING *`,
  update: `UPDATE channels SET ${assignments(settableChannelColumns, 2)} WHERE id = $1`,
  remove: 'DELETE FROM channels WHERE id = $1',
} as const;

function rowOrUndefined(row: Row | undefined): ChannelRow | undefined {
  return row && channelRow(row);
}

/** Oldest first. */
export async function listChannels(db: Queryable): Promise<readonly ChannelRow[]> {
  return (await db.all(channelSql.all)).map(channelRow);
}

export async function getChannel(db: Queryable, id: number): Promise<ChannelRow | undefined> {
  return isRowId(id) ? rowOrUndefined(await db.get(channelSql.byId, id)) : undefined;
}

/** Part of a transaction. */
export async function insertChannel(
  tx: Queryable,
  channel: ChannelFields & Pick<ChannelRow, 'createdAt'>,
): Promise<ChannelRow> {
  return channelRow(await tx.one(channelSql.insert, channel.createdAt, ...settableChannelValues(channel)));
}

/** Part of a transaction. */
export async function updateChannel(
  tx: Queryable,
  id: number,
  fields: Partial<ChannelFields>,
): Promise<ChannelRow | undefined> {
  const before = isRowId(id) ? rowOrUndefined(await tx.get(channelSql.lock, id)) : undefined;
  if (!before) return undefined;
  const channel = { ...before, ...fields };
  await tx.run(channelSql.update, id, ...settableChannelValues(channel));
  return channel;
}

/** Part of a transaction. @returns whether it was there */
export async function deleteChannel(tx: Queryable, id: number): Promise<boolean> {
  return isRowId(id) && (await tx.run(channelSql.remove, id)) > 0;
}
