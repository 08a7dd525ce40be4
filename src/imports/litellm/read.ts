/** Reads the database of LiteLLM's proxy. */
import { HalleyError } from '../../platform/errors.ts';
import { isGiven, record, type SourceRow, seconds, text } from '../cells.ts';
import { type AccountItem, emptyPlan, ImportNotes, type ImportPlan, type KeyItem } from '../plan.ts';
import type { ImportSource } from '../source.ts';
import { type Owners, teamAccount, teamOwners, Usernames, userAccount, userOwners } from './accounts.ts';
import { usedUnits } from './budgets.ts';
import { channelItems } from './channels.ts';
import { deletedKeyItem, digestOfRow, type KeyContext, keyItem, memberId } from './keys.ts';
import { knownModels } from './models.ts';
import { noteWhatStays } from './what-stays.ts';

/** Of the keys that LiteLLM makes for its own pages. */
const pagesTeam = 'litellm-dashboard';

/**
 * @param now seconds since 1970
 * @throws HalleyError('invalid_value') when the source has not the tables of LiteLLM
 */
export async function readLitellm(source: ImportSource, now: number): Promise<ImportPlan> {
  for (const table of ['LiteLLM_VerificationToken', 'LiteLLM_UserTable', 'LiteLLM_TeamTable']) {
    if (source.tables.has(table)) continue;
    throw new HalleyError('invalid_value', {
      message: `There is no table ${table}: this is no database of LiteLLM.`,
    });
  }
  const notes = new ImportNotes();
  const context = await readContext(source, notes);
  const living = await source.rows('LiteLLM_VerificationToken', 'token');
  const deleted = await source.rows('LiteLLM_DeletedVerificationToken', 'token');
  const former = await source.rows('LiteLLM_DeprecatedVerificationToken', 'token');
  const replaced = former.filter(({ revoke_at }) => (seconds(revoke_at) ?? 0) <= now);
  const keys = [
    ...livingKeys(living, context, notes),
    ...deadKeys([...deleted, ...replaced], living, context),
  ];
  await noteWhatStays(source, now, notes);
  return {
    ...emptyPlan,
    accounts: accountItems([...living, ...deleted].filter(isOfClients), context, notes),
    keys,
    channels: await channelItems(source, notes),
    notes: notes.list(),
  };
}

async function readContext(source: ImportSource, notes: ImportNotes): Promise<KeyContext> {
  const by = async (table: string, id: string) =>
    new Map((await source.rows(table, id)).map((row) => [text(row[id]), row]));
  const names = new Usernames();
  const users = userOwners(await source.rows('LiteLLM_UserTable', 'user_id'), names, notes);
  const teams = (await source.rows('LiteLLM_TeamTable', 'team_id')).filter(
    (row) => text(row.team_id) !== pagesTeam,
  );
  const memberships = await source.rows('LiteLLM_TeamMembership', 'user_id');
  return {
    users,
    teams: teamOwners(teams, names, notes),
    budgets: await by('LiteLLM_BudgetTable', 'budget_id'),
    projects: await by('LiteLLM_ProjectTable', 'project_id'),
    organizations: await by('LiteLLM_OrganizationTable', 'organization_id'),
    permissions: await by('LiteLLM_ObjectPermissionTable', 'object_permission_id'),
    memberships: new Map(memberships.map((row) => [memberId(row.user_id, row.team_id), row])),
    models: await knownModels(source),
    addresses: await proxyAddresses(source),
  };
}

/** Where the general settings are in the database, and not in a file. */
async function proxyAddresses(source: ImportSource): Promise<readonly string[]> {
  const rows = await source.rows('LiteLLM_Config', 'param_name');
  const settings = rows.find(({ param_name }) => param_name === 'general_settings');
  const addresses = record(settings?.param_value)?.allowed_ips;
  return Array.isArray(addresses) ? addresses.map(text) : [];
}

const isOfClients = ({ team_id }: SourceRow) => text(team_id) !== pagesTeam;

function livingKeys(rows: readonly SourceRow[], context: KeyContext, notes: ImportNotes): readonly KeyItem[] {
  return rows.flatMap((row) => {
    if (!isOfClients(row)) {
      notes.add('left', 'A key that LiteLLM made for its own pages does not go over.');
      return [];
    }
    const digest = digestOfRow(row);
    const told = text(row.key_alias) || text(row.key_name);
    if (digest === undefined) {
      notes.add('left', 'A key does not go over: its row has neither a digest nor a value.', told);
      return [];
    }
    const isOfUnknown =
      isGiven(row.user_id) && !isGiven(row.team_id) && !context.users.has(text(row.user_id));
    if (isOfUnknown) notes.add('changed', 'A key whose user is missing belongs to root.', told);
    return [keyItem(row, digest, context, notes)];
  });
}

/** Deleted keys, and those that took the place of another one and are refused since. */
function deadKeys(
  rows: readonly SourceRow[],
  living: readonly SourceRow[],
  context: KeyContext,
): readonly KeyItem[] {
  const seen = new Set(living.map(digestOfRow));
  return rows.filter(isOfClients).flatMap((row) => {
    const digest = digestOfRow(row);
    if (digest === undefined || seen.has(digest)) return [];
    seen.add(digest);
    return [deletedKeyItem(row, digest, context)];
  });
}

/** What a user's or a team's account used besides its keys. */
function accountItems(
  keys: readonly SourceRow[],
  context: KeyContext,
  notes: ImportNotes,
): readonly AccountItem[] {
  // A user is charged for the keys that a team owns, too.
  const byUser = usedBy(keys, 'user_id');
  const byTeam = usedBy(keys, 'team_id');
  const items = (owners: Owners, used: ReadonlyMap<string, number>, make: typeof userAccount) =>
    [...owners].map(([id, owner]) => make(owner, used.get(id) ?? 0, notes));
  return [...items(context.users, byUser, userAccount), ...items(context.teams, byTeam, teamAccount)];
}

function usedBy(keys: readonly SourceRow[], column: 'user_id' | 'team_id'): ReadonlyMap<string, number> {
  const used = new Map<string, number>();
  for (const row of keys) used.set(text(row[column]), (used.get(text(row[column])) ?? 0) + usedUnits(row));
  return used;
}
