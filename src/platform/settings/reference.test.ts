import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import { settingList, settingsMarkdown } from './reference.ts';

test('docs/reference/configuration.md matches the schema (npm run docs generates it)', () => {
  const path = new URL('../../../docs/reference/configuration.md', import.meta.url);
  assert.equal(readFileSync(path, 'utf8'), settingsMarkdown());
});

test('every setting has a description and a unique name in file, environment and flags', () => {
  for (const key of ['name', 'env', 'flag'] as const) {
    assert.equal(new Set(settingList.map((setting) => setting[key])).size, settingList.length);
  }
  for (const setting of nonEmpty(settingList)) assert.ok(setting.description.endsWith('.'), setting.name);
});

test('the secrets are marked as such', () => {
  const secrets = settingList.filter((setting) => setting.secret).map((setting) => setting.name);
  assert.deepEqual(secrets, [
    'bootstrap_token',
    'server_secret',
    'server_secrets_accepted',
    'database.url',
    'otel.headers',
    'upstreams.https_proxy',
    'upstreams.http_proxy',
    'webhook.secret',
    'tombstones.url',
  ]);
});
