/**
 * API keys of LiteLLM, from public facts on `LiteLLM_VerificationToken`: `token` is the SHA-256 of the whole value in
 * hexadecimal, or the value itself, which begins with `sk-`.
 */
import { createHash } from 'node:crypto';
import { limits } from '../../platform/limits.ts';
import { boolean, isGiven, type SourceRow, seconds, text } from '../cells.ts';
import type { ImportNotes, KeyItem } from '../plan.ts';
import type { Owner, Owners } from './accounts.ts';
import { quotaOf, rateLimitsOf, usedUnits } from './budgets.ts';
import { arrayOf, isFilled, type KnownModel, modelLimits } from './models.ts';

/** What the columns of a key refer to. */
export interface KeyContext {
  readonly users: Owners;
  readonly teams: Owners;
  readonly budgets: ReadonlyMap<string, SourceRow>;
  readonly projects: ReadonlyMap<string, SourceRow>;
  readonly organizations: ReadonlyMap<string, SourceRow>;
  readonly permissions: ReadonlyMap<string, SourceRow>;
  /** By `memberId`. */
  readonly memberships: ReadonlyMap<string, SourceRow>;
  readonly models: readonly KnownModel[];
  /** Of the whole proxy; empty = any. */
  readonly addresses: readonly string[];
}

export const memberId = (userId: unknown, teamId: unknown): string =>
  JSON.stringify([text(userId), text(teamId)]);

/** @returns undefined when the row names no key */
export function digestOfRow({ token }: SourceRow): string | undefined {
  const given = text(token);
  if (given.startsWith('sk-')) return createHash('sha256').update(given).digest('hex');
  return /^[0-9a-f]{64}$/i.test(given) ? given.toLowerCase() : undefined;
}

/** Keys of a team belong to its account, other keys to that of their user, the rest to root. */
function ownerOf(row: SourceRow, { users, teams }: Pick<KeyContext, 'users' | 'teams'>): Owner | undefined {
  return isGiven(row.team_id) ? teams.get(text(row.team_id)) : users.get(text(row.user_id));
}

export function keyItem(row: SourceRow, digest: string, context: KeyContext, notes: ImportNotes): KeyItem {
  const name = nameOf(row);
  const told = name || hintOf(row);
  noteWhatStays(row, told, notes);
  const { unlimited, left, period } = quotaOf(
    { name: told, row, budget: context.budgets.get(text(row.budget_id)) },
    notes,
  );
  const rates = ratesOf(row, context, told, notes);
  const { models, unresolved } = modelsOf(row, context);
  if (unresolved.length > 0) {
    notes.add('changed', 'Patterns and groups of models became the names that are known of them.', told);
  }
  const faults = faultsOf(row, context, rates === undefined);
  for (const fault of faults) notes.add('changed', `A key goes over disabled: ${fault}.`, told);
  if (context.addresses.length > 0)
    notes.add('changed', 'The addresses of the whole proxy became those of each key.', told);
  return {
    ...sharedFields(row, digest, context),
    status: faults.length > 0 || boolean(row.blocked) ? 2 : 1,
    expired_time: expiryOf(row),
    remain_quota: left,
    unlimited_quota: unlimited,
    ...period,
    ...(models && {
      model_limits_enabled: true,
      model_limits: models.slice(0, limits.key_models_max).join(','),
    }),
    ...(context.addresses.length > 0 && { allow_ips: context.addresses.join('\n') }),
    ...rates,
  };
}

/** The value of a deleted key is refused for good. */
export function deletedKeyItem(
  row: SourceRow,
  digest: string,
  context: Pick<KeyContext, 'users' | 'teams'>,
): KeyItem {
  return { ...sharedFields(row, digest, context), deleted: true };
}

function sharedFields(row: SourceRow, digest: string, context: Pick<KeyContext, 'users' | 'teams'>): KeyItem {
  const created = seconds(row.created_at) ?? 0;
  return {
    type: 'key',
    username: ownerOf(row, context)?.username ?? 'root',
    digest,
    hint: hintOf(row),
    name: nameOf(row),
    used_quota: usedUnits(row),
    ...(created > 0 && { created_time: created }),
  };
}

const nameOf = ({ key_alias }: SourceRow) =>
  [
    ...text(key_alias)
      .replaceAll(/\p{C}+/gu, ' ')
      .trim(),
  ]
    .slice(0, limits.key_name_chars_max)
    .join('');

/** `sk-...abcd` is how LiteLLM shows a value. */
const hintOf = ({ key_name }: SourceRow) => {
  const [, end = ''] = /^sk-\.{3}(.{4})$/.exec(text(key_name)) ?? [];
  return /^[\x21-\x7e]{4}$/.test(end) ? `sk-…${end}` : '';
};

const expiryOf = (row: SourceRow) => {
  const expiry = seconds(row.expires);
  return expiry === undefined || expiry <= 0 ? -1 : expiry;
};

function modelsOf(row: SourceRow, context: KeyContext) {
  const team = context.teams.get(text(row.team_id))?.row;
  const member = context.memberships.get(memberId(row.user_id, row.team_id));
  const organization = context.organizations.get(text(row.organization_id) || text(team?.organization_id));
  return modelLimits(
    [
      row.models,
      context.projects.get(text(row.project_id))?.models,
      organization?.models,
      ...(isGiven(row.team_id)
        ? [team?.models, context.budgets.get(text(member?.budget_id))?.allowed_models]
        : [context.users.get(text(row.user_id))?.row.models]),
    ],
    context.models,
  );
}

/** Limits of a team, or of the user of a key without a team, hold for each of their keys by itself. */
function ratesOf(row: SourceRow, context: KeyContext, told: string, notes: ImportNotes) {
  const owner = ownerOf(row, context)?.row;
  const own = rateLimitsOf([withBudget(row, context.budgets.get(text(row.budget_id)))]);
  const all = rateLimitsOf([withBudget(row, context.budgets.get(text(row.budget_id))), owner]);
  if (all && JSON.stringify(all) !== JSON.stringify(own)) {
    notes.add(
      'changed',
      'A limit of a user or team on requests or tokens holds for each of its keys by itself.',
      told,
    );
  }
  return all;
}

/** The columns of the key, and where they are empty those of its budget. */
const withBudget = (row: SourceRow, budget: SourceRow | undefined): SourceRow =>
  Object.fromEntries(
    ['rpm_limit', 'tpm_limit', 'max_parallel_requests'].map((column) => [
      column,
      isGiven(row[column]) ? row[column] : budget?.[column],
    ]),
  );

/** The routes that a key of Halley has anyway. */
const modelRoutes = new Set(['llm_api_routes']);

/** Reasons for which the key could do more here than there. */
function faultsOf(row: SourceRow, context: KeyContext, allowsNothing: boolean): readonly string[] {
  const routes = arrayOf(row.allowed_routes);
  const hasTeam = isGiven(row.team_id);
  const faults: readonly (readonly [boolean, string])[] = [
    [routes.some((route) => !modelRoutes.has(route)), 'it is restricted to routes'],
    [isFilled(row.config), 'it has a configuration of its own'],
    [
      arrayOf(context.permissions.get(text(row.object_permission_id))?.models).length > 0,
      'an object permission restricts its models',
    ],
    [hasTeam && !context.teams.has(text(row.team_id)), 'its team is missing'],
    [isGiven(row.project_id) && !context.projects.has(text(row.project_id)), 'its project is missing'],
    [boolean(context.projects.get(text(row.project_id))?.blocked), 'its project is blocked'],
    [allowsNothing, 'a limit of 0 allows nothing there, and everything here'],
  ];
  return faults.filter(([is]) => is).map(([, sentence]) => sentence);
}

/** Columns without a counterpart here, none of which restricts models or addresses. */
const leftColumns = {
  aliases: 'Aliases of models, of a key, do not go over: its clients have to name the models themselves.',
  metadata:
    'Metadata of a key does not go over: guardrails, tags and limits of single models are part of it.',
  permissions: 'Permissions of a key do not go over.',
  policies: 'Policies of a key do not go over.',
  model_max_budget: 'Budgets of single models, of a key, do not go over.',
  budget_limits: 'Further budgets of a key do not go over.',
  budget_fallbacks: 'Fallbacks of a budget do not go over.',
  router_settings: 'Router settings of a key do not go over.',
  allowed_cache_controls: 'Cache controls of a key do not go over.',
  access_group_ids: 'Access groups that add models to a key do not go over: add the models.',
} as const;

function noteWhatStays(row: SourceRow, told: string, notes: ImportNotes): void {
  for (const [column, sentence] of Object.entries(leftColumns)) {
    if (isFilled(row[column])) notes.add('left', sentence, told);
  }
  if (isGiven(row.object_permission_id)) {
    notes.add('left', 'Permissions for tools, agents and vector stores do not go over.', told);
  }
  if (isGiven(row.tpd_limit)) notes.add('left', 'A limit of tokens per day does not go over.', told);
  if (isGiven(row.agent_id)) notes.add('left', 'The agent of a key does not go over.', told);
  if (boolean(row.auto_rotate))
    notes.add('left', 'A key that is replaced regularly stays as it is here.', told);
}
