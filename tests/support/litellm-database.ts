/**
 * Databases of LiteLLM: the columns that the import reads, from public facts on its tables; or, where the variable
 * names a directory with LiteLLM's own migrations, all of them (`npm run test:litellm`).
 */
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { shareTestPostgres } from './postgres.ts';

/** Names the directory with LiteLLM's migrations. */
export const migrationsVariable = 'LITELLM_MIGRATIONS';

const keyColumns = `key_name text, key_alias text, spend double precision NOT NULL DEFAULT 0, expires timestamp(3), models text[],
  aliases jsonb NOT NULL DEFAULT '{}', config jsonb NOT NULL DEFAULT '{}', user_id text, team_id text,
  permissions jsonb NOT NULL DEFAULT '{}', max_parallel_requests integer, metadata jsonb NOT NULL DEFAULT '{}', blocked boolean,
  tpm_limit bigint, rpm_limit bigint, max_budget double precision, budget_duration text,
  allowed_routes text[] DEFAULT ARRAY[]::text[], model_max_budget jsonb NOT NULL DEFAULT '{}', budget_id text,
  organization_id text, created_at timestamp(3) DEFAULT now()`;

const tables = `
CREATE TABLE "LiteLLM_VerificationToken" (token text PRIMARY KEY, ${keyColumns});
CREATE TABLE "LiteLLM_DeletedVerificationToken" (id text PRIMARY KEY, token text NOT NULL, ${keyColumns});
CREATE TABLE "LiteLLM_UserTable" (user_id text PRIMARY KEY, user_alias text, user_email text, user_role text, password text,
  max_budget double precision, spend double precision NOT NULL DEFAULT 0, models text[], metadata jsonb NOT NULL DEFAULT '{}',
  tpm_limit bigint, rpm_limit bigint, budget_duration text, created_at timestamp(3) DEFAULT now());
CREATE TABLE "LiteLLM_TeamTable" (team_id text PRIMARY KEY, team_alias text, organization_id text, models text[],
  max_budget double precision, spend double precision NOT NULL DEFAULT 0, budget_duration text, rpm_limit bigint,
  blocked boolean NOT NULL DEFAULT false, metadata jsonb NOT NULL DEFAULT '{}', created_at timestamp(3) NOT NULL DEFAULT now());
CREATE TABLE "LiteLLM_BudgetTable" (budget_id text PRIMARY KEY, max_budget double precision, soft_budget double precision,
  max_parallel_requests integer, tpm_limit bigint, rpm_limit bigint, budget_duration text, created_by text NOT NULL,
  updated_by text NOT NULL);
CREATE TABLE "LiteLLM_ProxyModelTable" (model_id text PRIMARY KEY, model_name text NOT NULL, litellm_params jsonb NOT NULL,
  model_info jsonb, created_by text NOT NULL, updated_by text NOT NULL);
CREATE TABLE "LiteLLM_Config" (param_name text PRIMARY KEY, param_value jsonb);
CREATE TABLE "LiteLLM_SpendLogs" (request_id text PRIMARY KEY, call_type text NOT NULL, api_key text NOT NULL DEFAULT '',
  spend double precision NOT NULL DEFAULT 0, "startTime" timestamp(3) NOT NULL, "endTime" timestamp(3) NOT NULL);
CREATE TABLE "LiteLLM_DailyUserSpend" (id text PRIMARY KEY, user_id text, date text NOT NULL, api_key text NOT NULL, model text,
  model_group text, custom_llm_provider text, updated_at timestamp(3) NOT NULL);
`;

type Value =
  | string
  | number
  | boolean
  | null
  | Date
  | readonly string[]
  | { readonly [name: string]: unknown };
export type LitellmRow = Readonly<Record<string, Value>>;

/** @param rows by table, without `LiteLLM_`, added in their order. @returns the url */
export async function litellmDatabase(
  rows: Readonly<Record<string, readonly LitellmRow[]>>,
): Promise<string> {
  const url = await (await shareTestPostgres()).createDatabase();
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const text of schemaTexts()) await client.query(text);
    await client.query('BEGIN');
    for (const [table, added] of Object.entries(rows))
      for (const row of added) await insert(client, table, row);
    await client.query('COMMIT');
  } finally {
    await client.end();
  }
  return url;
}

/** Moves a key to the deleted ones. @param row of them */
export async function litellmDelete(url: string, row: LitellmRow): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const text = 'DELETE FROM "LiteLLM_VerificationToken" WHERE token = $1';
    if ((await client.query(text, [row.token])).rowCount !== 1) throw new Error('there is no such key');
    await insert(client, 'DeletedVerificationToken', row);
  } finally {
    await client.end();
  }
}

async function insert(client: pg.Client, table: string, row: LitellmRow): Promise<void> {
  const names = Object.keys(row);
  // Otherwise the driver writes the time of this machine's zone, and the column takes no zone.
  const values = Object.values(row).map((value) => (value instanceof Date ? value.toISOString() : value));
  const places = names.map((_, at) => `$${at + 1}`).join(', ');
  const columns = names.map((name) => `"${name}"`).join(', ');
  await client.query(`INSERT INTO "LiteLLM_${table}" (${columns}) VALUES (${places})`, values);
}

/** Statements that build an index without a lock cannot run together with others. */
function schemaTexts(): readonly string[] {
  const directory = process.env[migrationsVariable];
  if (directory === undefined) return [tables];
  const names = readdirSync(directory, { withFileTypes: true }).filter((each) => each.isDirectory());
  return names
    .map(({ name }) => name)
    .toSorted()
    .map((name) => readFileSync(join(directory, name, 'migration.sql'), 'utf8'))
    .flatMap((text) => (/CONCURRENTLY/i.test(text) ? text.split(/;\s*$/m) : [text]))
    .filter((text) => text.trim() !== '');
}

export interface FormerKey {
  readonly value: string;
  readonly token: string;
  readonly key_name: string;
}

/** A value as LiteLLM makes it, the digest that its database has, and how it shows the value. */
export function formerKey(): FormerKey {
  const value = `sk-${randomBytes(16).toString('base64url')}`;
  const token = createHash('sha256').update(value).digest('hex');
  return { value, token, key_name: `sk-...${value.slice(-4)}` };
}
