/** Imports a key with its value or the digest of it, its balance and its usage before. */
import { digestOf } from '../../domain/digest.ts';
import { importedReading, keyHint, parseKeyValue } from '../../domain/format.ts';
import { mayUseGroup } from '../../domain/groups.ts';
import { seal } from '../../domain/seal.ts';
import { HalleyError } from '../../platform/errors.ts';
import type { AccountRow } from '../../store/store.ts';
import { nowSeconds, type Services } from '../services.ts';
import { newKeyFields } from '../tokens/fields.ts';
import { fieldError } from '../validate.ts';
import type { ImportKey, ImportResult } from './schemas.ts';

interface Value {
  readonly digest: Uint8Array;
  readonly hint: string;
  /** With `sk-`; undefined = only its digest is known. */
  readonly value: string | undefined;
}

/**
 * @throws HalleyError('invalid_value') naming the field; `refused` for fields that no key may have
 */
export async function importKey(
  services: Services,
  item: ImportKey,
  isDryRun: boolean,
): Promise<ImportResult> {
  const value = readValue(item);
  const present = await services.store.findKeyByDigest(value.digest);
  if (present)
    return isDryRun || !item.deleted ? exists(item, present.key.id) : remove(services, present.key);
  if (await services.store.tombstones.ofKey(value.digest)) return { outcome: 'deleted' };
  const owner = await services.store.findAccountByUsername(item.username);
  // In a dry run the account may be one that an earlier item would create.
  if (!owner && !isDryRun) return { outcome: 'refused', message: `There is no account ${item.username}.` };
  const created = {
    outcome: item.deleted ? 'deleted' : 'created',
    ...warning(services, item, owner),
  } as const;
  const fields = fieldsOf(services, item, owner);
  if (isDryRun || !owner) return created;
  const inserted = await insert(services, owner, value, { item, fields });
  if (typeof inserted !== 'number') return inserted;
  // It was never enabled: nothing was admitted with it between the two.
  return item.deleted
    ? remove(services, { id: inserted, accountId: owner.id })
    : { ...created, id: inserted };
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
    return { digest: new Uint8Array(Buffer.from(digest, 'hex')), hint: hint ?? '', value };
  }
  if (digest !== undefined) throw fieldError('digest', 'cannot go with "value": send one');
  const reading = parseKeyValue(value) ?? importedReading(value);
  if (reading === undefined) throw fieldError('value', 'is no value of a key');
  const shown = reading.includes('-') ? reading : `sk-${reading}`;
  return { digest: digestOf(reading), hint: keyHint(reading.replace(/^sk-/, '')), value: shown };
}

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

async function insert(
  services: Services,
  owner: AccountRow,
  { digest, hint, value }: Value,
  { item, fields }: { readonly item: ImportKey; readonly fields: ReturnType<typeof newKeyFields> },
): Promise<number | ImportResult> {
  const { settings, secrets, random, accessChanges } = services;
  const isKept = value !== undefined && settings.keys.reveal !== 'once' && !item.deleted;
  const row = await accessChanges.insertKey(
    {
      ...fields,
      state: item.deleted ? 'disabled' : fields.state,
      accountId: owner.id,
      digest,
      sealed: isKept ? seal(secrets, random, value, digest) : null,
      hint,
      createdAt: item.created_time ?? nowSeconds(services),
      imported: { units: item.used_quota ?? 0, requests: item.request_count ?? 0 },
    },
    settings.keys.per_account_max,
  );
  switch (row) {
    case 'account_full':
      throw new HalleyError('refused', {
        message: `${owner.username} has ${settings.keys.per_account_max} keys, which is the most: raise keys.per_account_max.`,
      });
    case 'no_account':
      throw new HalleyError('refused', { message: `The account ${owner.username} was deleted meanwhile.` });
    case 'digest_taken':
      return { outcome: (await services.store.tombstones.ofKey(digest)) ? 'deleted' : 'exists' };
    default:
      return row.id;
  }
}
