/** Every column that holds something sealed, and the statements on them that both engines run. */
import { bytes, type Column, integer, type Row } from './columns.ts';
import type { SealedCount, SealedId, SealedKind, SealedRow } from './sealed-store.ts';
import { secretState } from './secret-order.ts';
import { statement } from './statement.ts';

export interface SealedColumn {
  readonly table: string;
  readonly id: string;
  readonly idKind: 'integer' | 'text';
  readonly sealed: string;
  /** Whether the table has the digest that a value is bound to. */
  readonly hasDigest: boolean;
}

export const sealedColumns: Readonly<Record<SealedKind, SealedColumn>> = {
  channels: { table: 'channels', id: 'id', idKind: 'integer', sealed: 'sealed_keys', hasDigest: false },
  proxies: { table: 'channels', id: 'id', idKind: 'integer', sealed: 'sealed_proxy_auth', hasDigest: false },
  receiptKeys: { table: 'receipt_keys', id: 'id', idKind: 'integer', sealed: 'sealed', hasDigest: false },
  keys: { table: 'keys', id: 'id', idKind: 'integer', sealed: 'sealed', hasDigest: true },
  contents: { table: 'contents', id: 'request_id', idKind: 'text', sealed: 'sealed', hasDigest: false },
  jobs: { table: 'jobs', id: 'public_id', idKind: 'text', sealed: 'sealed', hasDigest: false },
};

/** A number or a text, as `idKind` says. */
export const sealedId: Column<SealedId> = {
  kind: 'text',
  name: undefined,
  isOptional: false,
  decode: (stored) => stored as SealedId,
  encode: (id) => id,
};

/** A statement for each kind, made once. */
export function forEachKind<Made>(make: (column: SealedColumn) => Made): Readonly<Record<SealedKind, Made>> {
  const { channels, proxies, receiptKeys, keys, contents, jobs } = sealedColumns;
  return {
    channels: make(channels),
    proxies: make(proxies),
    receiptKeys: make(receiptKeys),
    keys: make(keys),
    contents: make(contents),
    jobs: make(jobs),
  };
}

export const lastId = forEachKind(({ table, id }) =>
  statement({}, `SELECT max(${id}) AS id FROM ${table}`, ({ id }) => (id as SealedId | null) ?? undefined),
);

/** Parameters of a page of rows. `prefix` = how texts begin that need not be returned. */
export const listed = { after: sealedId, upTo: sealedId, limit: integer(), prefix: bytes() } as const;

export function sealedRow(row: Row): SealedRow {
  return {
    id: row.id as SealedId,
    digest: (row.digest ?? null) as Uint8Array | null,
    sealed: row.sealed as Uint8Array | null,
  };
}

export const countRow = (row: Row): Omit<SealedCount, 'kind'> => ({
  total: Number(row.total),
  others: Number(row.others),
});

const columns = 'fingerprint, previous, retired';

export const secretSql = {
  state: statement({}, `SELECT ${columns} FROM server_secret`, secretState),
  /** Does nothing when a secret is noted already. */
  insert: statement(
    { current: bytes() },
    'INSERT INTO server_secret (id, fingerprint) VALUES (1, :current) ON CONFLICT DO NOTHING',
  ),
  rotate: statement(
    { current: bytes() },
    'UPDATE server_secret SET previous = fingerprint, fingerprint = :current',
  ),
} as const;
