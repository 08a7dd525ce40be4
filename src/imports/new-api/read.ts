/** Reads the database of new-api or one-api. */

import { HalleyError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import { isGiven, number, type SourceRow, text } from '../cells.ts';
import { type AccountItem, type ChannelItem, ImportNotes, type ImportPlan, type KeyItem } from '../plan.ts';
import type { ImportSource } from '../source.ts';
import { accountItem, rootRole } from './accounts.ts';
import { channelItem } from './channels.ts';
import { keyItem } from './keys.ts';
import { multiplierItems, optionsOf, priceItems, quotaPerUsd } from './prices.ts';

export type NewApiProgram = 'new-api' | 'one-api';

const unitsPerUsd = limits.quota_units_per_usd;
/** Statuses of redemption codes: 1 can still be redeemed. */
const redeemable = 1;

/**
 * @throws HalleyError('invalid_value') when the source has not the tables of these programs
 */
export async function readNewApi(program: NewApiProgram, source: ImportSource): Promise<ImportPlan> {
  for (const table of ['users', 'tokens', 'channels']) {
    if (source.tables.has(table)) continue;
    throw new HalleyError('invalid_value', {
      message: `There is no table ${table}: this is no database of ${program}.`,
    });
  }
  const notes = new ImportNotes();
  const options = optionsOf(await source.rows('options', 'key'));
  const perUsd = quotaPerUsd(options);
  const units = (cell: unknown) => Math.round((number(cell) * unitsPerUsd) / perUsd);
  const users = withoutFalseRoot(await source.rows('users', 'id'), notes);
  const keys = keyItems(await source.rows('tokens', 'id'), users, units, notes);
  await noteWhatStays(source, units, notes);
  return {
    accounts: accountItems(users, keys, units, notes),
    keys,
    channels: channelItems(program, await source.rows('channels', 'id'), notes),
    prices: priceItems(options, notes),
    multipliers: multiplierItems(options),
    notes: notes.list(),
  };
}

/** A plain user may have this name there. Here its keys would be root's, whose balance has no limit. */
function withoutFalseRoot(users: readonly SourceRow[], notes: ImportNotes): readonly SourceRow[] {
  const taken = new Set(users.map(({ username }) => text(username)));
  return users.map((row) => {
    if (text(row.username) !== 'root' || number(row.role) === rootRole) return row;
    let count = 2;
    while (taken.has(`root-${count}`)) count += 1;
    const username = `root-${count}`;
    notes.add(
      'changed',
      'A user named root who is not the root there gets another name.',
      `root is ${username}`,
    );
    return { ...row, username };
  });
}

const isDeleted = (row: SourceRow) => isGiven(row.deleted_at);

function accountItems(
  users: readonly SourceRow[],
  keys: readonly KeyItem[],
  units: (cell: unknown) => number,
  notes: ImportNotes,
): readonly AccountItem[] {
  const used = new Map<string, number>();
  for (const { username, used_quota = 0 } of keys) used.set(username, (used.get(username) ?? 0) + used_quota);
  return users.flatMap((row) => {
    const username = text(row.username);
    if (!isDeleted(row)) return [accountItem(row, units, used.get(username) ?? 0, notes)];
    notes.add('left', 'A deleted account does not go over; its keys are refused for good.', username);
    return [];
  });
}

/** Keys of deleted accounts go over as deleted ones, in the name of root. */
function keyItems(
  rows: readonly SourceRow[],
  users: readonly SourceRow[],
  units: (cell: unknown) => number,
  notes: ImportNotes,
): readonly KeyItem[] {
  const owners = new Map(
    users.filter((row) => !isDeleted(row)).map((row) => [text(row.id), text(row.username)]),
  );
  return rows
    .filter(({ key }) => isGiven(key))
    .map((row) => {
      const owner = owners.get(text(row.user_id));
      const item = keyItem(row, owner ?? 'root', units, notes);
      return owner === undefined ? { ...item, deleted: true, used_quota: 0, group: '' } : item;
    });
}

function channelItems(
  program: NewApiProgram,
  rows: readonly SourceRow[],
  notes: ImportNotes,
): readonly ChannelItem[] {
  const taken = new Set<string>();
  return rows.flatMap((row) => {
    const item = channelItem(program, row, taken, notes);
    if (item) taken.add(item.name);
    return item ? [item] : [];
  });
}

async function noteWhatStays(
  source: ImportSource,
  units: (cell: unknown) => number,
  notes: ImportNotes,
): Promise<void> {
  const codes = (await source.rows('redemptions', 'id')).filter(
    (row) => number(row.status) === redeemable && !isDeleted(row),
  );
  if (codes.length > 0) {
    const worth = codes.reduce((sum, { quota }) => sum + units(quota), 0);
    notes.add(
      'left',
      `Redemption codes that can still be redeemed (${worth} units in all): redeem them before, or top up by hand.`,
      undefined,
      codes.length,
    );
  }
  const logs = await source.count('logs');
  if (logs > 0)
    notes.add(
      'left',
      'Log entries: what they add up to goes over as the usage of accounts and keys.',
      undefined,
      logs,
    );
  const topups = await source.count('top_ups');
  if (topups > 0)
    notes.add(
      'left',
      'Top-ups of the past: the balance that they led to goes over as one entry.',
      undefined,
      topups,
    );
}
