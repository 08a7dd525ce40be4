/**
 * Databases as new-api and one-api make them in SQLite, from public facts on their tables (second-hand: neither program
 * runs here).
 */
import { DatabaseSync } from 'node:sqlite';
import { hashSync } from '@node-rs/bcrypt';
import { makeKeyValue } from '../../src/domain/format.ts';
import { systemRandom } from '../../src/platform/random.ts';

const tables = `
CREATE TABLE users (id integer PRIMARY KEY AUTOINCREMENT, username text UNIQUE, password text NOT NULL, display_name text,
  role integer DEFAULT 1, status integer DEFAULT 1, email text, github_id text, wechat_id text, access_token char(32),
  quota integer DEFAULT 0, used_quota integer DEFAULT 0, request_count integer DEFAULT 0, "group" varchar(64) DEFAULT 'default',
  aff_code varchar(32), inviter_id integer, deleted_at datetime, setting text, remark varchar(255));
CREATE TABLE tokens (id integer PRIMARY KEY AUTOINCREMENT, user_id integer, key varchar(128) UNIQUE, status integer DEFAULT 1,
  name text, created_time bigint, accessed_time bigint, expired_time bigint DEFAULT -1, remain_quota integer DEFAULT 0,
  unlimited_quota numeric, model_limits_enabled numeric, model_limits text, allow_ips text DEFAULT '',
  used_quota integer DEFAULT 0, "group" text DEFAULT '', cross_group_retry numeric, billing_type integer DEFAULT 0,
  deleted_at datetime);
CREATE TABLE channels (id integer PRIMARY KEY AUTOINCREMENT, type integer DEFAULT 0, key text NOT NULL,
  open_ai_organization text, test_model text, status integer DEFAULT 1, name text, weight integer DEFAULT 0,
  created_time bigint, base_url text DEFAULT '', other text, balance real, models text, "group" varchar(64) DEFAULT 'default',
  used_quota bigint DEFAULT 0, model_mapping text, status_code_mapping varchar(1024) DEFAULT '', priority bigint DEFAULT 0,
  auto_ban integer DEFAULT 1, other_info text, tag text, setting text, param_override text, header_override text,
  channel_info json, settings text);
CREATE TABLE options (key text PRIMARY KEY, value text);
CREATE TABLE redemptions (id integer PRIMARY KEY AUTOINCREMENT, user_id integer, key char(32) UNIQUE, status integer DEFAULT 1,
  name text, quota integer DEFAULT 100, created_time bigint, redeemed_time bigint, used_user_id integer, deleted_at datetime);
CREATE TABLE top_ups (id integer PRIMARY KEY AUTOINCREMENT, user_id integer, amount bigint, money real, trade_no text,
  create_time bigint, status text);
CREATE TABLE logs (id integer PRIMARY KEY AUTOINCREMENT, user_id integer, created_at bigint, type integer, content text,
  username text, token_name text, model_name text, quota integer, prompt_tokens integer, completion_tokens integer);
`;

export const formerPassword = 'the password of before';

/** 48 letters and digits without a checksum of Halley. */
export const formerValue = (): string =>
  makeKeyValue(systemRandom).body.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));

type Row = Readonly<Record<string, string | number | null>>;

/** @param rows by table, added in their order */
export function newApiDatabase(path: string, rows: Readonly<Record<string, readonly Row[]>>): void {
  const database = new DatabaseSync(path);
  database.exec(tables);
  database.exec('BEGIN');
  for (const [table, added] of Object.entries(rows)) {
    for (const row of added) {
      const names = Object.keys(row);
      const places = names.map(() => '?').join(', ');
      database
        .prepare(`INSERT INTO ${table} (${names.map((name) => `"${name}"`).join(', ')}) VALUES (${places})`)
        .run(...Object.values(row));
    }
  }
  database.exec('COMMIT');
  database.close();
}

/** Go's bcrypt writes `$2a$`; the usual cost of 10 would only make tests slow. */
export const formerHash = (): string => hashSync(formerPassword, 4);
