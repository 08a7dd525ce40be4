/** Channels in SQLite. Writes here are parts of transactions that the engine opens. */

import { channelRow } from '../rows.ts';
import { settableChannelColumns, settableChannelValues } from '../settable.ts';
import type { ChannelFields, ChannelRow } from '../store.ts';
import type { Connection } from './connection.ts';
import { assignments, parameters, storableValues } from './values.ts';

const channelSql = {
  all: 'SELECT * FROM channels ORDER BY id',
  byId: 'SELECT * FROM channels WHERE id = ?',
  insert: `INSERT INTO channels (created_at, ${settableChannelColumns.join(', ')})
    VALUES (?1, ${parameters(settableChannelColumns, 2)}) RETURNING *`,
  update: `UPDATE channels SET ${assignments(settableChannelColumns)} WHERE id = ?`,
  remove: 'DELETE FROM channels WHERE id = ?',
} as const;

/** Oldest first. */
export function listChannels(connection: Connection): readonly ChannelRow[] {
  return connection.all(channelSql.all).map(channelRow);
}

export function getChannel(connection: Connection, id: number): ChannelRow | undefined {
  const row = connection.get(channelSql.byId, id);
  return row && channelRow(row);
}

export function insertChannel(
  connection: Connection,
  channel: ChannelFields & Pick<ChannelRow, 'createdAt'>,
): ChannelRow {
  return channelRow(
    connection.one(channelSql.insert, channel.createdAt, ...storableValues(settableChannelValues(channel))),
  );
}

/** Part of a transaction. */
export function updateChannel(
  connection: Connection,
  id: number,
  fields: Partial<ChannelFields>,
): ChannelRow | undefined {
  const before = getChannel(connection, id);
  if (!before) return undefined;
  const channel = { ...before, ...fields };
  connection.run(channelSql.update, ...storableValues(settableChannelValues(channel)), id);
  return channel;
}

export function deleteChannel(connection: Connection, id: number): boolean {
  return connection.run(channelSql.remove, id) > 0;
}
