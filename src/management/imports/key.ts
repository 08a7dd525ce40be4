/** Imports a key with its value or the digest of it, its balance and its usage before. */
import { digestOf } from '../../domain/digest.ts';
import { importedReadings, keyHint, parseKeyValue } from '../../domain/format.ts';
import { mayUseGroup } from '../../domain/groups.ts';
import { seal } from '../../domain/seal.ts';
import { HalleyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import type { AccountRow, NewKey } from '../../store/store.ts';
import { nowSeconds, type Services } from '../services.ts';
import { freshKey, newKeyFields } from '../tokens/fields.ts';
import { fieldError } from '../validate.ts';
import type { ImportKey, ImportResult } from './schemas.ts';

interface Value {
  readonly digest: Uint8Array;
  /** Of every reading that stands for the same value: a key may be here, or be deleted, under any of them. */
  readonly digests: readonly Uint8Array[];
  readonly hint: string;
  /** As its owner may read it again; undefined = only its digest is known. */
  readonly shown: string | undefined;
}

/**
 * @param root who imports
 * @throws HalleyError('invalid_value') naming the field; `refused` for fields that no key may have
 */
export async function importKey(
  services: Services,
  root: AccountRow,
  item: ImportKey,
  isDryRun: boolean,
): Promise<ImportResult> {
  const value = readValue(item);
  const present = (await services.store.findKeysByDigests(value.digests)).find((each) => each !== undefined);
  if (present)
    return isDryRun || !item.deleted ? exists(item, present.key.id) : remove(services, present.key);
  if ((await services.store.tombstones.ofDigests(value.digests)).length > 0) return { outcome: 'deleted' };
  const owner = await services.store.findAccountByUsername(item.username);
  if (item.deleted)
    return isDryRun ? { outcome: 'deleted' } : refuseForGood(services, item, value, owner ?? root);
  // In a dry run the account may be one that an earlier item would create.
  if (!owner && !isDryRun) return { outcome: 'refused', message: `There is no account ${item.username}.` };
  const fields = fieldsOf(services, item, owner);
  const created = { outcome: 'created', ...warning(services, item, owner) } as const;
  if (isDryRun || !owner) return created;
  requireRoom(item, owner);
  const { settings, secrets, random } = services;
  const isKept = value.shown !== undefined && settings.keys.reveal !== 'once';
  const sealed = isKept ? seal(secrets, random, value.shown, value.digest) : null;
  const inserted = await insert(services, { ...fields, ...placeOf(services, item, value, owner), sealed });
  return typeof inserted === 'number' ? { ...created, id: inserted } : inserted;
}

/**
 * A deleted key needs no account of its own, and no room in it. It is never enabled and has expired, so that nothing is
 * admitted with it between the two steps, nor after a crash between them.
 */
async function refuseForGood(
  services: Services,
  item: ImportKey,
  value: Value,
  owner: AccountRow,
): Promise<ImportResult> {
  const dead = { name: item.name ?? '', state: 'disabled', expiresAt: 1 } as const;
  const place = { ...placeOf(services, item, value, owner), sealed: null };
  const inserted = await insert(services, { ...freshKey, ...dead, ...place }, Number.MAX_SAFE_INTEGER);
  return typeof inserted === 'number' ? remove(services, { id: inserted, accountId: owner.id }) : inserted;
}

/** @throws HalleyError('refused') when the usage of the account would pass what numbers hold exactly */
function requireRoom({ used_quota = 0, request_count = 0 }: ImportKey, owner: AccountRow): void {
  const most = limits.imported_usage_max;
  if (owner.usedQuota + used_quota <= most && owner.requestCount + request_count <= most) return;
  throw new HalleyError('refused', { message: `The usage of ${owner.username} would be too large.` });
}

function exists({ deleted }: ImportKey, id: number): ImportResult {
  return { outcome: deleted ? 'deleted' : 'exists', id };
}

async function remove(
  { accessChanges }: Services,
  { id, accountId }: { readonly id: number; readonly accountId: number },
): Promise<ImportResult> {
  await accessChanges.deleteKeys(accountId, [id]);
  return { outcome: 'deleted', id };
}

/** @throws HalleyError('invalid_value') unless exactly one of the two says what the key is */
function readValue({ value, digest, hint }: ImportKey): Value {
  if (value === undefined) {
    if (digest === undefined) throw fieldError('value', 'is missing: send it, or "digest"');
    const given = new Uint8Array(Buffer.from(digest, 'hex'));
    return { digest: given, digests: [given], hint: hint ?? '', shown: undefined };
  }
  if (digest !== undefined) throw fieldError('digest', 'cannot go with "value": send one');
  const body = parseKeyValue(value);
  if (body !== undefined) return ofReading(body, `sk-${body}`, [body]);
  const { whole, beginning } = importedReadings(value) ?? {};
  // With a dash it is meant as a whole: its beginning would be easier to guess.
  if (whole !== undefined) return ofReading(whole, whole, [whole]);
  if (!beginning) throw fieldError('value', 'is no value of a key');
  return ofReading(beginning.bare, beginning.prefixed, [beginning.bare, beginning.prefixed]);
}

const ofReading = (reading: string, shown: string, all: readonly string[]): Value => ({
  digest: digestOf(reading),
  digests: all.map(digestOf),
  hint: keyHint(shown.replace(/^sk-/, '')),
  shown,
});

function fieldsOf({ settings }: Services, item: ImportKey, owner: AccountRow | undefined) {
  const { group = '' } = item;
  return newKeyFields(item, {
    ownGroup: owner?.group ?? group,
    selectableGroups: [...settings.groups.selectable, group],
    timeZone: settings.ledger.time_zone,
    // A key that has expired goes over as an expired one.
    nowSeconds: 0,
  });
}

/** What makes the key useless until it is mended. */
function warning({ settings }: Services, { group = '' }: ImportKey, owner: AccountRow | undefined) {
  if (mayUseGroup(group, owner?.group ?? group, settings.groups.selectable)) return {};
  return { message: `Its group ${group} is not one of the setting groups.selectable: add it there.` };
}

const placeOf = (services: Services, item: ImportKey, { digest, hint }: Value, owner: AccountRow) => ({
  accountId: owner.id,
  digest,
  hint,
  createdAt: item.created_time ?? nowSeconds(services),
  imported: { units: item.used_quota ?? 0, requests: item.request_count ?? 0 },
});

/** @returns the id of the key; what became of it, when another import of the value was faster */
async function insert(
  { accessChanges, settings, store }: Services,
  key: NewKey,
  keysMax = settings.keys.per_account_max,
): Promise<number | ImportResult> {
  const row = await accessChanges.insertKey(key, keysMax);
  switch (row) {
    case 'account_full':
      throw new HalleyError('refused', {
        message: `The account has ${keysMax} keys, which is the most: raise keys.per_account_max.`,
      });
    case 'no_account':
      throw new HalleyError('refused', { message: 'The account was deleted meanwhile, or is disabled.' });
    case 'digest_taken':
      return { outcome: (await store.tombstones.ofKey(key.digest)) ? 'deleted' : 'exists' };
    default:
      return row.id;
  }
}
