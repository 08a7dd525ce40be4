import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { nonEmpty } from '../../tests/support/non-empty.ts';
import { resolveSettings, SettingsError, sourceKindOf } from '../platform/settings/load.ts';
import { CliError } from './exit-codes.ts';
import { settingsFileText, writeSettingsFile } from './settings-file.ts';

const directory = mkdtempSync(join(tmpdir(), 'halley-file-'));
after(() => rmSync(directory, { recursive: true }));

/** Loads a text as `halley serve` loads a file. */
function load(text: string) {
  const path = join(directory, 'loaded.yaml');
  writeFileSync(path, text);
  return resolveSettings({ file: path, env: {} });
}

const namesIn = (text: string): string[] =>
  load(text)
    .effective.filter((one) => sourceKindOf(one) === 'file')
    .map(({ name }) => name);

test('every value comes back from the file as it was given', () => {
  const given = {
    data_dir: '/srv/with: colon # and "quotes"\n/and a line',
    listen: '[::1]:8787',
    public_url: 'https://ai.example.com',
    bootstrap_token: '0123456789012345',
    'database.url': 'postgres://halley:p%23ss&*@db.internal/halley?sslmode=verify-full',
    'http.trusted_proxies': ['10.0.0.0/8', '::1'],
    'demo.enabled': false,
  };
  const { settings } = load(settingsFileText(given));
  assert.equal(settings.data_dir, given.data_dir);
  assert.equal(settings.listen, given.listen);
  assert.equal(settings.bootstrap_token, given.bootstrap_token);
  assert.equal(settings.database.url, given['database.url']);
  assert.deepEqual(settings.http.trusted_proxies, given['http.trusted_proxies']);
  assert.equal(settings.demo.enabled, false);
  assert.deepEqual(namesIn(settingsFileText(given)).sort(), Object.keys(given).sort());
});

test('the file sets nothing that was not given, and what is commented out is valid once it counts', () => {
  assert.deepEqual(namesIn(settingsFileText({})), []);
  const text = settingsFileText({});
  const uncommented = text.replaceAll(/^#(?! )( *\w+:)/gm, '$1').replaceAll(/^#( +\w+: )/gm, '$1');
  const names = namesIn(uncommented);
  assert.ok(names.includes('database.url') && names.includes('tls.key_path'), names.join(', '));
  for (const line of nonEmpty(text.split('\n'))) assert.ok(line.length <= 104, line);
});

test('only its owner can read a file with a secret, and no file is replaced without force', () => {
  const path = join(directory, 'new', 'halley.yaml');
  const secret = { given: { bootstrap_token: 's'.repeat(16) }, env: {}, force: false };
  assert.equal(writeSettingsFile(path, secret).file, path);
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const before = readFileSync(path, 'utf8');
  assert.throws(() => writeSettingsFile(path, secret), /exists already/);
  assert.equal(readFileSync(path, 'utf8'), before);
  writeSettingsFile(path, { given: { listen: '127.0.0.1:1' }, env: {}, force: true });
  assert.equal(statSync(path).mode & 0o077 & ~process.umask(), 0o044 & ~process.umask());
  assert.deepEqual(readdirSync(join(directory, 'new')), ['halley.yaml'], 'no draft is left');
});

test('nothing is written when `serve` would refuse the settings, or the directory is none', () => {
  const path = join(directory, 'refused.yaml');
  const given = { listen: 'nowhere' };
  const refused = (error: unknown) =>
    error instanceof SettingsError &&
    error.problems.every((problem) => problem.startsWith(`${path}: listen`));
  assert.throws(() => writeSettingsFile(path, { given, env: {}, force: false }), refused);
  const env = { HALLEY_LISTEN: 'nowhere' };
  assert.throws(() => writeSettingsFile(path, { given: {}, env, force: false }), /HALLEY_LISTEN/);
  assert.ok(!existsSync(path));
  writeFileSync(join(directory, 'file'), '');
  const inFile = join(directory, 'file', 'halley.yaml');
  assert.throws(() => writeSettingsFile(inFile, { given: {}, env: {}, force: false }), CliError);
});
