/** `POST /api/export`: everything that an import takes, page by page, for root. */
import { HalleyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import { accountsExported, channelsExported, keysRevealed } from '../../store/audit-notes.ts';
import type { AccountRow, TombstonePosition } from '../../store/store.ts';
import { roles } from '../../store/store.ts';
import { accountEndpoint, type Endpoint } from '../endpoint.ts';
import { multiplierRecords, priceRecords } from '../prices/price-record.ts';
import { success } from '../response.ts';
import { nowSeconds, type Services } from '../services.ts';
import { fieldError } from '../validate.ts';
import { exportedAccount, exportedChannel, exportedDeletedKey, exportedKey } from './export-items.ts';
import { type ExportType, exportPageSchema, exportSchema } from './export-schemas.ts';

interface Page {
  readonly items: readonly object[];
  readonly next: string | null;
}

interface Asked {
  readonly services: Services;
  /** Root. */
  readonly account: AccountRow;
  readonly after: string | undefined;
  readonly withSecrets: boolean;
}

const limit = limits.page_size_max;

/** The id that a page of decreasing ids begins below. */
function idAfter(after: string | undefined): number | undefined {
  if (after === undefined) return undefined;
  if (!/^[1-9]\d{0,15}$/.test(after)) throw fieldError('after', 'is not from a page of this type');
  return Math.min(Number(after), Number.MAX_SAFE_INTEGER);
}

/** @param rows a page of them; a full one may not be the last */
const nextBelow = (rows: readonly { readonly id: number }[]): string | null =>
  rows.length < limit ? null : String(rows.at(-1)?.id);

async function accounts({ services, after }: Asked): Promise<Page> {
  const page = { offset: 0, limit, beforeId: idAfter(after) };
  const { items } = await services.reads.listAccounts({}, page);
  const rows = items.filter(({ role }) => role !== roles.root);
  await services.changes.note(accountsExported(rows.filter(({ passwordHash }) => passwordHash !== '')));
  return { items: rows.map(exportedAccount), next: nextBelow(items) };
}

async function keys({ services, account, after, withSecrets }: Asked): Promise<Page> {
  const page = { offset: 0, limit, beforeId: idAfter(after) };
  const { items: rows } = await services.reads.searchManagedKeys(account, {}, page);
  const items = rows.map((row) => exportedKey(services, row, withSecrets));
  const revealed = rows.filter((_, at) => 'value' in (items[at] ?? {})).map(({ key }) => key);
  await services.changes.note(keysRevealed(revealed));
  return { items, next: nextBelow(rows.map(({ key }) => key)) };
}

async function deletedKeys({ services, after }: Asked): Promise<Page> {
  const rows = await services.store.tombstones.list(positionOf(after), limit);
  const owners = new Map<number, AccountRow | undefined>();
  const items: object[] = [];
  for (const row of rows.filter(({ kind }) => kind === 'key')) {
    const id = row.accountId ?? 0;
    if (!owners.has(id)) owners.set(id, await services.store.getAccount(id));
    items.push(exportedDeletedKey(row, owners.get(id)));
  }
  const last = rows.length < limit ? undefined : rows.at(-1);
  const next = last ? `${last.deletedAt}.${Buffer.from(last.digest).toString('hex')}` : null;
  return { items, next };
}

function positionOf(after: string | undefined): TombstonePosition | undefined {
  if (after === undefined) return undefined;
  const [, deletedAt, digest = ''] = /^(\d{1,12})\.([0-9a-f]{64})$/.exec(after) ?? [];
  if (deletedAt === undefined) throw fieldError('after', 'is not from a page of this type');
  return { deletedAt: Number(deletedAt), digest: new Uint8Array(Buffer.from(digest, 'hex')) };
}

async function channels({ services, after, withSecrets }: Asked): Promise<Page> {
  const below = idAfter(after) ?? Number.MAX_SAFE_INTEGER;
  const all = (await services.store.listChannels()).toSorted((a, b) => b.id - a.id);
  const rows = all.filter(({ id }) => id < below).slice(0, limit);
  const secretive = rows.filter(({ sealedKeys, sealedProxyAuth }) => sealedKeys ?? sealedProxyAuth);
  if (withSecrets) await services.changes.note(channelsExported(secretive));
  return { items: rows.map((row) => exportedChannel(services, row, withSecrets)), next: nextBelow(rows) };
}

/** Those in force, and later ones with the moment from which they are. */
function timed<Row extends { readonly effective_from: number; readonly in_force: boolean }>(
  all: readonly Row[],
  { services, after }: Asked,
  item: (row: Row) => object,
): Page {
  const now = nowSeconds(services);
  const rows = all.filter(({ in_force, effective_from }) => in_force || effective_from > now);
  const from = idAfter(after) ?? 0;
  const items = rows.slice(from, from + limit).map((row) => ({
    ...item(row),
    ...(row.in_force ? {} : { effective_from: row.effective_from }),
  }));
  return { items, next: from + limit < rows.length ? String(from + limit) : null };
}

async function prices(asked: Asked): Promise<Page> {
  const { services } = asked;
  const all = priceRecords(await services.store.listPrices(), nowSeconds(services));
  return timed(all, asked, ({ price_id, effective_from, in_force, created_time, ...price }) => ({
    type: 'price',
    ...price,
  }));
}

async function multipliers(asked: Asked): Promise<Page> {
  const { services } = asked;
  const all = multiplierRecords(await services.store.listMultipliers(), nowSeconds(services));
  return timed(all, asked, ({ group, multiplier }) => ({ type: 'multiplier', group, multiplier }));
}

const pages: Readonly<Record<ExportType, (asked: Asked) => Promise<Page>>> = {
  account: accounts,
  key: keys,
  deleted_key: deletedKeys,
  channel: channels,
  price: prices,
  multiplier: multipliers,
};

export const exportEndpoint: Endpoint = accountEndpoint({
  method: 'POST',
  path: '/api/export',
  access: 'admin',
  summary: 'Export accounts, keys, channels and prices',
  description:
    'For root. One type of items, page by page, in the form that `halley import file` takes. Accounts have their password hashes; the audit log names whose were read, and which values and channel keys.',
  body: exportSchema,
  data: exportPageSchema,
  async handle({ services, account, body }) {
    if (account.role !== roles.root) {
      throw new HalleyError('forbidden', { message: 'Only root can export accounts and keys.' });
    }
    const { type, after, secrets: withSecrets = false } = body;
    return success(await pages[type]({ services, account, after, withSecrets }));
  },
});
