/** Statements on stored objects that both engines run. */
import { integer, names, omit, parameters, pick, reader } from '../columns.ts';
import { Conditions } from '../conditions.ts';
import type { ObjectFilter } from '../object-store.ts';
import { composed, numberIn, statement } from '../statement.ts';
import { upstreamObjects } from '../tables.ts';

const objectRow = reader(upstreamObjects);
const columns = names(upstreamObjects);
const newObject = omit(upstreamObjects, 'id');
const id = numberIn('id');

export const objectSql = {
  insert: statement(
    newObject,
    `INSERT INTO upstream_objects (${names(newObject)}) VALUES (${parameters(newObject)})
      ON CONFLICT (kind, public_id, channel_id) DO UPDATE
      SET upstream_id = excluded.upstream_id, request_id = excluded.request_id, group_name = excluded.group_name,
        channel_name = excluded.channel_name, channel_key = excluded.channel_key, model = excluded.model,
        upstream_model = excluded.upstream_model, created_ms = excluded.created_ms,
        expires_ms = excluded.expires_ms, extra = excluded.extra
      WHERE upstream_objects.key_id = excluded.key_id AND upstream_objects.account_id = excluded.account_id
      RETURNING id`,
    id,
  ),
  find: statement(
    pick(upstreamObjects, 'kind', 'publicId'),
    `SELECT ${columns} FROM upstream_objects WHERE kind = :kind AND public_id = :publicId ORDER BY id DESC`,
    objectRow,
  ),
  setExtra: statement(
    pick(upstreamObjects, 'id', 'extra'),
    'UPDATE upstream_objects SET extra = :extra WHERE id = :id RETURNING id',
    id,
  ),
  remove: statement(
    pick(upstreamObjects, 'id'),
    'DELETE FROM upstream_objects WHERE id = :id RETURNING id',
    id,
  ),
  deleteExpired: statement(
    { nowMs: integer(), limit: integer() },
    `DELETE FROM upstream_objects WHERE id IN (SELECT id FROM upstream_objects WHERE expires_ms <= :nowMs
      ORDER BY expires_ms LIMIT :limit) RETURNING id`,
    id,
  ),
} as const;

export function objectConditions({ kind, accountId, keyId, protocol }: ObjectFilter): Conditions {
  return new Conditions()
    .addGiven('kind = :kind', { kind })
    .addGiven('account_id = :accountId', { accountId })
    .addGiven('key_id = :keyId', { keyId })
    .addGiven('protocol = :protocol', { protocol });
}

export const objectPage = (conditions: string, order: 'asc' | 'desc') =>
  composed(
    `SELECT ${columns} FROM upstream_objects WHERE ${conditions} ORDER BY id ${order} LIMIT :limit`,
    objectRow,
  );
