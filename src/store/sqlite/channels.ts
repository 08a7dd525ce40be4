/** Channels in SQLite. Writes here are parts of transactions that the engine opens. */
import { channelSql } from '../statements/channels.ts';
import type { ChannelFields, ChannelRow } from '../store.ts';
import type { Connection } from './connection.ts';

/** Oldest first. */
export function listChannels(connection: Connection): readonly ChannelRow[] {
  return connection.all(channelSql.all);
}

export function getChannel(connection: Connection, id: number): ChannelRow | undefined {
  return connection.get(channelSql.byId, { id });
}

/** Part of a transaction. */
export function insertChannel(
  connection: Connection,
  channel: ChannelFields & Pick<ChannelRow, 'createdAt'>,
): ChannelRow {
  return connection.one(channelSql.insert, channel);
}

/** A channel before and after a change. */
export interface ChangedChannel {
  readonly before: ChannelRow;
  readonly channel: ChannelRow;
}

/** Part of a transaction. */
export function updateChannel(
  connection: Connection,
  id: number,
  fields: Partial<ChannelFields>,
): ChangedChannel | undefined {
  const before = getChannel(connection, id);
  if (!before) return undefined;
  const channel = { ...before, ...fields };
  connection.run(channelSql.update, channel);
  return { before, channel };
}

/** Part of a transaction. @returns what it was; undefined = it was not there */
export function deleteChannel(connection: Connection, id: number): ChannelRow | undefined {
  return connection.get(channelSql.remove, { id });
}
