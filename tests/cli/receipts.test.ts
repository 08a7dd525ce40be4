/** Receipts at the command line: a deletion that is followed, and the verification of its receipt without a gateway. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { createAccount } from '../support/accounts.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { halley } from './halley.ts';

let gateway: Gateway;
const dir = mkdtempSync(join(tmpdir(), 'halley-receipts-'));
const file = join(dir, 'receipt.json');
const keys = join(dir, 'keys.json');

before(async () => {
  gateway = await startGateway();
});
after(async () => {
  rmSync(dir, { recursive: true });
  await gateway.stop();
});

const run = (args: readonly string[], token = gateway.token) =>
  halley(args, { HALLEY_URL: gateway.url, HALLEY_TOKEN: token });
/** Without any gateway. */
const offline = (args: readonly string[]) => halley(args, { HALLEY_URL: 'http://127.0.0.1:1' });

async function printed(args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(args);
  assert.equal(code, exitCodes.ok, stderr);
  return stdout;
}

test('a deletion is followed to its end, and its receipt verifies without a gateway until it is altered', async () => {
  const { id } = await gateway.createKey({ name: 'followed' });
  const lines = (await printed(['keys', 'delete', String(id), '--yes', '--watch'])).trim().split('\n');
  assert.match(lines[0] ?? '', /^Deleted for good at \d{4}-.*Z\.$/);
  assert.match(lines.at(-1) ?? '', /^Dead on every node, [\d.]+ ms, \d{4}-.*Z\. Receipt \d+\.$/);
  writeFileSync(file, await printed(['receipts', 'show', String(id), '--key', '--json']));
  const set = await fetch(`${gateway.url}/.well-known/halley-receipt-keys.json`);
  writeFileSync(keys, await set.text());
  const genuine = await offline(['receipts', 'verify', file, '--keys', keys]);
  assert.equal(genuine.code, exitCodes.ok, genuine.stderr);
  assert.match(
    genuine.stdout,
    /^Genuine: signed by key [0-9a-f]{16}\.\nReceipt \d+, complete: key \d+ "followed"$/m,
  );
  assert.equal((await run(['receipts', 'verify', file])).code, exitCodes.ok, 'with the keys of the gateway');
  writeFileSync(file, readFileSync(file, 'utf8').replace('"followed"', '"another"'));
  const altered = await offline(['receipts', 'verify', file, '--keys', keys]);
  assert.deepEqual([altered.code, altered.stdout], [exitCodes.failure, '']);
  assert.match(altered.stderr, /The receipt was altered/);
  assert.deepEqual(
    JSON.parse((await offline(['receipts', 'verify', file, '--keys', keys, '--json'])).stdout),
    {
      genuine: false,
      fault: 'altered',
    },
  );
});

test('a followed deletion is about own keys, unless --any-account says otherwise', async () => {
  const ana = await createAccount(gateway, 'ana');
  const { id } = await ana.createKey({ name: 'of ana' });
  const own = await run(['keys', 'delete', String(id), '--yes', '--watch']);
  assert.equal(own.code, exitCodes.notFound, own.stdout);
  const events = await printed(['keys', 'delete', String(id), '--yes', '--watch', '--any-account', '--json']);
  const [first, last] = [events.split('\n')[0] ?? '', events.trim().split('\n').at(-1) ?? ''];
  assert.deepEqual([JSON.parse(first).event, JSON.parse(last).event], ['committed', 'done']);
  assert.match(await printed(['receipts', 'list', '--any-account', '--name', 'of ana']), /of ana\tcomplete/);
  assert.doesNotMatch(await printed(['receipts', 'list', '--name', 'of ana']), /complete/);
});

test('after the key was rotated, what it has signed still verifies', async () => {
  const { id } = await gateway.createKey();
  await printed(['keys', 'delete', String(id), '--yes']);
  writeFileSync(file, await printed(['receipts', 'show', String(id), '--key', '--json']));
  assert.match(
    await printed(['receipts', 'rotate-key']),
    /^Receipts are signed by key [0-9a-f]{16} from now on\.\n$/,
  );
  assert.equal((await run(['receipts', 'verify', file])).code, exitCodes.ok);
  const { code, stderr } = await offline(['receipts', 'verify', join(dir, 'none.json'), '--keys', keys]);
  assert.equal(code, exitCodes.usage);
  assert.match(stderr, /none\.json cannot be read/);
});

test('a file that is made to mislead is refused in words, and never by a crash', async () => {
  const { id } = await gateway.createKey({ name: 'misleading' });
  await printed(['keys', 'delete', String(id), '--yes']);
  const genuine = await printed(['receipts', 'show', String(id), '--key', '--json']);
  const set = await (await fetch(`${gateway.url}/.well-known/halley-receipt-keys.json`)).text();
  writeFileSync(keys, set);
  const { receipt, signature } = JSON.parse(genuine);
  const text = (value: unknown) => JSON.stringify(value);
  const files: readonly (readonly [what: string, content: string, fault: RegExp])[] = [
    ['a member twice', genuine.replace('"key": {', '"key": {"name": "other",'), /the key "name" twice/],
    ['no value', text({ receipt, signature: { ...signature, value: undefined } }), /was altered/],
    ['a list as value', text({ receipt, signature: { ...signature, value: [1] } }), /was altered/],
    ['a text as signature', text({ receipt, signature: 'x' }), /None of the public keys/],
    ['deep', `{"receipt":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, /nested deeper/],
    ['a list', '[]', /holds no receipt/],
    ['no text', '\u0000\ufffd', /is not valid JSON/],
    ['an endless number', genuine.replace(/"committed_at_ms": \d+/, '"committed_at_ms": 1e999'), /too large/],
  ];
  for (const [what, content, fault] of files) {
    writeFileSync(file, content);
    const { code, stdout, stderr } = await offline(['receipts', 'verify', file, '--keys', keys]);
    assert.ok(code === exitCodes.failure || code === exitCodes.usage, `${what}: ${code}`);
    assert.equal(stdout, '', what);
    assert.match(stderr, fault, what);
    assert.doesNotMatch(stderr, / at .*\.ts:\d/, what);
  }
  writeFileSync(file, genuine);
  writeFileSync(keys, set.replace(/"x": *"/, '"x":"short'));
  const { code, stderr } = await offline(['receipts', 'verify', file, '--keys', keys]);
  assert.equal(code, exitCodes.usage, stderr);
  assert.match(stderr, /has no public keys of receipts/);
});
