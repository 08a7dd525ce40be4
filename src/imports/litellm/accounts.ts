/**
 * Accounts from users and teams of LiteLLM, from public facts on `LiteLLM_UserTable` and `LiteLLM_TeamTable`. A team
 * becomes an account, since its keys share its budget.
 */
import { createHash } from 'node:crypto';
import { limits } from '../../platform/limits.ts';
import { boolean, isGiven, type SourceRow, seconds, text } from '../cells.ts';
import type { AccountItem, ImportNotes } from '../plan.ts';
import { quotaOf, unitsOf } from './budgets.ts';
import { isFilled } from './models.ts';

/** A row and the user name of the account that it becomes. */
export interface Owner {
  readonly row: SourceRow;
  readonly username: string;
}

/** By the id of the user or team. */
export type Owners = ReadonlyMap<string, Owner>;

const shortOf = (id: string) => createHash('sha256').update(id).digest('hex').slice(0, 8);

/** Makes user names: without spaces and invisible characters, short enough, each once. */
export class Usernames {
  /** Halley has its own root, which a user of that name must not become. */
  readonly #taken = new Set(['root']);

  /** @param id makes the name unique where another account has it already */
  make(wanted: string, id: string, notes: ImportNotes): string {
    const plain = cut(wanted.trim().replaceAll(/[\s\p{C}]+/gu, '-'), limits.username_chars_max);
    const end = `-${shortOf(id)}`;
    const isFree = plain !== '' && !this.#taken.has(plain);
    const name = isFree ? plain : cut(plain || 'account', limits.username_chars_max - end.length) + end;
    this.#taken.add(name);
    if (name !== wanted) notes.add('changed', 'A user name had to be changed.', `${wanted || id} is ${name}`);
    return name;
  }
}

/** Whole characters, so that no pair of surrogates is split. */
const cut = (name: string, charsMax: number) => [...name].slice(0, charsMax).join('');

/** The oldest first, so that names stay the same when more are added. */
const byAge = (id: string) => (a: SourceRow, b: SourceRow) =>
  (seconds(a.created_at) ?? 0) - (seconds(b.created_at) ?? 0) || (text(a[id]) < text(b[id]) ? -1 : 1);

export function userOwners(rows: readonly SourceRow[], names: Usernames, notes: ImportNotes): Owners {
  return new Map(
    rows.toSorted(byAge('user_id')).map((row) => {
      const id = text(row.user_id);
      const wanted = text(row.user_email) || text(row.user_alias) || id;
      return [id, { row, username: names.make(wanted, id, notes) }];
    }),
  );
}

export function teamOwners(rows: readonly SourceRow[], names: Usernames, notes: ImportNotes): Owners {
  return new Map(
    rows.toSorted(byAge('team_id')).map((row) => {
      const id = text(row.team_id);
      return [id, { row, username: names.make(`team:${text(row.team_alias) || id}`, id, notes) }];
    }),
  );
}

const adminRole = 'proxy_admin';
/** Roles that become plain accounts. */
const userRoles = new Set(['', 'internal_user', 'customer', 'team']);

/** @param usedByKeys units that go over with keys of the user */
export function userAccount({ row, username }: Owner, usedByKeys: number, notes: ImportNotes): AccountItem {
  const role = text(row.user_role);
  if (role === adminRole) notes.add('changed', 'An administrator of the proxy becomes one here.', username);
  if (role !== adminRole && !userRoles.has(role)) {
    notes.add('changed', `A user of the role ${role} becomes a plain account.`, username);
  }
  if (isGiven(row.password)) {
    notes.add('left', 'A password does not go over: set a new one for the account.', username);
  }
  if (isGiven(row.sso_user_id)) {
    notes.add('left', 'A sign-in by another service does not go over.', username);
  }
  noteMore(row, username, notes);
  const wanted = text(row.user_alias) || text(row.user_email) || text(row.user_id);
  return {
    ...sharedFields({ row, username }, usedByKeys, notes),
    display_name: cut(printable(wanted), limits.display_name_chars_max) || username,
    ...(isGiven(row.user_email) && { email: cut(printable(text(row.user_email)), limits.email_chars_max) }),
    role: role === adminRole ? 10 : 1,
  };
}

/** @param usedByKeys units that go over with keys of the team */
export function teamAccount({ row, username }: Owner, usedByKeys: number, notes: ImportNotes): AccountItem {
  noteMore(row, username, notes);
  if (isFilled(row.members_with_roles)) {
    notes.add('left', 'The members of a team do not go over: its account owns its keys.', username);
  }
  return {
    ...sharedFields({ row, username }, usedByKeys, notes),
    display_name: cut(printable(text(row.team_alias) || text(row.team_id)), limits.display_name_chars_max),
    ...(boolean(row.blocked) ? { status: 2 as const } : {}),
  };
}

const printable = (given: string) => given.replaceAll(/\p{C}+/gu, ' ').trim();

function sharedFields({ row, username }: Owner, usedByKeys: number, notes: ImportNotes): AccountItem {
  const { unlimited, left, period } = quotaOf({ name: username, row, budget: undefined }, notes);
  const created = seconds(row.created_at) ?? 0;
  return {
    type: 'account',
    username,
    quota: left,
    unlimited_quota: unlimited,
    ...period,
    used_quota: Math.max(0, unitsOf(row.spend) - usedByKeys),
    ...(created > 0 && { created_time: created }),
  };
}

function noteMore(row: SourceRow, username: string, notes: ImportNotes): void {
  if (isFilled(row.model_max_budget) || isFilled(row.budget_limits)) {
    notes.add('left', 'Budgets of single models, of a user or team, do not go over.', username);
  }
  if (isFilled(row.metadata) || isFilled(row.policies)) {
    notes.add('left', 'Metadata of a user or team, guardrails among it, does not go over.', username);
  }
  if (isGiven(row.tpd_limit)) notes.add('left', 'A limit of tokens per day does not go over.', username);
}
