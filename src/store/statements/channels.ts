/** Statements on channels that both engines run. */
import { assignments, names, omit, parameters, reader } from '../columns.ts';
import { statement } from '../statement.ts';
import { channels } from '../tables.ts';

const settable = omit(channels, 'id', 'createdAt');
const newChannel = omit(channels, 'id');
const { id } = channels;

export const channelRow = reader(channels);

export const channelSql = {
  all: statement({}, 'SELECT * FROM channels ORDER BY id', channelRow),
  byId: statement({ id }, 'SELECT * FROM channels WHERE id = :id', channelRow),
  insert: statement(
    newChannel,
    `INSERT INTO channels (${names(newChannel)}) VALUES (${parameters(newChannel)}) RETURNING *`,
    channelRow,
  ),
  update: statement({ id, ...settable }, `UPDATE channels SET ${assignments(settable)} WHERE id = :id`),
  remove: statement({ id }, 'DELETE FROM channels WHERE id = :id RETURNING *', channelRow),
} as const;
