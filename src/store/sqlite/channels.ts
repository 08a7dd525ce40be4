/** Channels in SQLite. Writes here are parts of transactions that the engine opens. */

import { channelRow } from '../rows.ts';
import type { ChannelFields, ChannelRow } from '../store.ts';
import type { Connection } from './connection.ts';

const settableColumns = [
  'name',
  'state',
  'protocols',
  'base_url',
  'sealed_keys',
  'models',
  'model_mapping',
  'groups',
  'priority',
  'weight',
  'extra_headers',
  'connect_ms',
  'first_byte_ms',
  'idle_chunk_ms',
];

const channelSql = {
  all: 'SELECT * FROM channels ORDER BY id',
  byId: 'SELECT * FROM channels WHERE id = ?',
  insert: `INSERT INTO channels (${settableColumns.join(', ')}, created_at)
    VALUES (${settableColumns.map(() => '?').join(', ')}, ?) RETURNING *`,
  update: `UPDATE channels SET ${settableColumns.map((column) => `${column} = ?`).join(', ')} WHERE id = ?`,
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
  return channelRow(connection.one(channelSql.insert, ...settable(channel), channel.createdAt));
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
  connection.run(channelSql.update, ...settable(channel), id);
  return channel;
}

export function deleteChannel(connection: Connection, id: number): boolean {
  return connection.run(channelSql.remove, id) > 0;
}

/** In the order of `settableColumns`. */
function settable(channel: ChannelFields) {
  return [
    channel.name,
    channel.state,
    JSON.stringify(channel.protocols),
    channel.baseUrl,
    channel.sealedKeys,
    JSON.stringify(channel.models),
    JSON.stringify(channel.modelMapping),
    JSON.stringify(channel.groups),
    channel.priority,
    channel.weight,
    JSON.stringify(channel.extraHeaders),
    channel.connectMs,
    channel.firstByteMs,
    channel.idleChunkMs,
  ] as const;
}
