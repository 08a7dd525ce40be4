import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { findToken } from './credentials.ts';
import { CliError, exitCodes } from './exit-codes.ts';

const home = mkdtempSync(join(tmpdir(), 'halley-token-'));
after(() => rmSync(home, { recursive: true }));
const standard = join(home, '.config', 'halley', 'token');

function refuses(run: () => unknown, text: RegExp): void {
  assert.throws(
    run,
    (error) => error instanceof CliError && error.exitCode === exitCodes.denied && text.test(error.message),
  );
}

test('reads the token from the environment, else from the named file, else from the default file', () => {
  assert.equal(findToken({ HOME: home }), undefined);
  mkdirSync(join(home, '.config', 'halley'), { recursive: true });
  writeFileSync(standard, 'usual\n', { mode: 0o600 });
  const named = join(home, 'named');
  writeFileSync(named, 'named\n', { mode: 0o600 });
  assert.equal(findToken({ HOME: home }), 'usual');
  assert.equal(findToken({ HOME: home, HALLEY_TOKEN_FILE: named }), 'named');
  assert.equal(findToken({ HOME: home, HALLEY_TOKEN_FILE: named, HALLEY_TOKEN: 'direct' }), 'direct');
  assert.equal(findToken({ HOME: '/nowhere', XDG_CONFIG_HOME: join(home, '.config') }), 'usual');
});

test('refuses a token file that other users can read, and a named file that it cannot read', () => {
  const open = join(home, 'open');
  writeFileSync(open, 'secret-token');
  chmodSync(open, 0o640);
  refuses(() => findToken({ HALLEY_TOKEN_FILE: open }), /chmod 600/);
  refuses(() => findToken({ HALLEY_TOKEN_FILE: join(home, 'absent') }), /cannot be read/);
});
