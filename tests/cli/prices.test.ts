import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { shippedPrices } from '../../src/ledger/price-list.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { halley, type Outcome } from './halley.ts';

let gateway: Gateway;
before(async () => {
  gateway = await startGateway();
});
after(() => gateway?.stop());

const run = (args: readonly string[], input = ''): Promise<Outcome> =>
  halley(['prices', ...args], { HALLEY_URL: gateway.url, HALLEY_TOKEN: gateway.token }, input);

/** Runs a command that must succeed. */
async function done(args: readonly string[], input = ''): Promise<string> {
  const { code, stdout, stderr } = await run(args, input);
  assert.equal(code, exitCodes.ok, stderr);
  return stdout;
}

/** Returns the rows of a table without its header. */
const table = (stdout: string): string[][] =>
  stdout
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'));

test('the first start imports the shipped price list', async () => {
  const rows = table(await done(['list']));
  assert.equal(rows.length, shippedPrices().entries.length);
  const row = rows.find(([model]) => model === 'gpt-4o');
  assert.deepEqual(row?.slice(0, 6), ['gpt-4o', 'always', 'yes', '2.5', '1.25', '10']);
});

test('prices set, list and remove', async () => {
  assert.match(
    await done([
      ...['set', 'x-*', '--input', '2.50', '--output', '10', '--per-image', '0.04'],
      ...['--tier', 'flex:input=1.25,output=5', '--tier', 'priority:input=5,output=20'],
    ]),
    /x-\* is set/,
  );
  await done([
    'set',
    'x-*',
    '--input',
    '3',
    '--output',
    '11',
    '--from',
    '2099-01-01',
    '--source',
    'a letter',
  ]);
  const listed = async (...more: string[]) => table(await done(['list', '--model', 'x-*', ...more]));
  assert.deepEqual(
    (await listed()).map((row) => row.slice(2)),
    [['yes', '2.5', '', '10', '', '0.04', 'set by root', 'flex,priority']],
  );
  const all = await listed('--all');
  assert.deepEqual(all[1], ['x-*', '2099-01-01 00:00Z', 'no', '3', '', '11', '', '', 'a letter']);
  const refused = await run(['set', 'x', '--input', '1,5', '--output', '1']);
  assert.equal(refused.code, exitCodes.usage);
  assert.match(refused.stderr, /--input must be USD/);
  assert.equal((await run(['set', 'x', '--input', '1'])).code, exitCodes.usage);
  for (const tier of ['flex', 'flex:', 'flex:input', ':input=1,output=2', 'standard:input=1,output=2']) {
    const { code, stderr } = await run(['set', 'x', '--input', '1', '--output', '2', '--tier', tier]);
    assert.equal(code, exitCodes.usage, tier);
    assert.match(stderr, /--tier/, tier);
  }
  assert.equal((await run(['remove', 'x-*'])).code, exitCodes.usage, 'nobody can be asked');
  await done(['remove', 'x-*', '--yes']);
  assert.deepEqual(await listed('--all'), []);
  assert.equal((await run(['remove', 'x-*', '--yes'])).code, exitCodes.notFound);
});

/** Removes the day of an export, since midnight may pass between two. */
const undated = (text: string) => text.replace(/"date": "[^"]*"/, '');

test('import accepts the output of export, in both formats', async () => {
  await done(['set', '=y', '--input', '1', '--output', '2', '--source', 'a, "b"']);
  for (const form of ['--csv', '--json']) {
    const file = await done(['export', form]);
    const before = JSON.parse(await done(['list', '--json'])) as unknown[];
    const args = form === '--csv' ? ['import', '-', '--csv'] : ['import', '-'];
    assert.equal(await done(args, file), `${before.length} prices are set.\n`);
    assert.equal(undated(await done(['export', form])), undated(file));
  }
  const faulty = await run(['import', '-', '--csv'], 'id,input,output\na,1,1\nb,1\n');
  assert.equal(faulty.code, exitCodes.usage);
  assert.match(faulty.stderr, /Line 3 has 2 cells/);
  assert.equal((await run(['import', 'no-such-file.csv'])).code, exitCodes.usage);
  assert.equal((await run(['export', '--csv', '--json'])).code, exitCodes.usage);
});

test('sets and removes the multiplier of a group', async () => {
  assert.match(await done(['set-group', 'vip', '0.80']), /vip are multiplied by 0.80/);
  await done(['set-group', 'vip', '0.5', '--from', '2099-01-01']);
  const listed = async (...more: string[]) => table(await done(['groups', ...more]));
  assert.deepEqual(
    (await listed()).map(([group, multiplier]) => [group, multiplier]),
    [['vip', '0.8']],
  );
  assert.equal((await listed('--all')).length, 2);
  await done(['remove-group', 'vip']);
  assert.deepEqual(await listed('--all'), []);
  assert.equal((await run(['remove-group', 'vip'])).code, exitCodes.notFound);
});
