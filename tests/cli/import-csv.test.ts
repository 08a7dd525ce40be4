/** `halley import csv`. */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { exitCodes } from '../../src/cli/exit-codes.ts';
import { startDemoGateway } from '../clients/demo-gateway.ts';
import { dataOf, type Gateway } from '../support/gateway.ts';
import { formerKey } from '../support/litellm-database.ts';
import { nonEmpty } from '../support/non-empty.ts';
import { inPipe } from './screen.ts';

let gateway: Gateway;
before(async () => {
  gateway = await startDemoGateway();
});
after(() => gateway?.stop());

async function takes(name: string, files: Readonly<Record<string, readonly string[]>>) {
  const dir = join(gateway.dataDir, name);
  await mkdir(dir);
  for (const [file, lines] of Object.entries(files)) {
    await writeFile(join(dir, `${file}.csv`), lines.map((line) => `${line}\r\n`).join(''));
  }
  return inPipe(['import', 'csv', '--from', dir, '--apply', '--json'], {
    HALLEY_URL: gateway.url,
    HALLEY_TOKEN: gateway.token,
  });
}

test('accounts, keys and channels of CSV files go over', async () => {
  const [one, two] = [formerKey(), formerKey()];
  for (const { value } of [one, two]) gateway.secret(value);
  gateway.secret('upstream-key-of-csv');
  const { code, stdout, stderr } = await takes('good', {
    accounts: ['username,quota_usd,budget_quota,budget_period,used_quota', 'ana,12.50,500000,weekly,7'],
    keys: [
      'username,digest,name,remain_quota_usd,model_limits,allow_ips,expired_time,status',
      `ana,${one.token},first,0.5,demo-chat m-2,127.0.0.0/8;10.0.0.1,2100-01-01T00:00:00Z,1`,
      `root,${two.token},"second, last",1,,,-1,2`,
    ],
    channels: [
      'name,kind,keys,models,model_mapping,groups',
      'C,openai,upstream-key-of-csv,"m-1,m-2","{""m-1"":""gpt-5""}",default',
    ],
  });
  assert.equal(code, exitCodes.ok, stdout + stderr);
  const { results } = JSON.parse(stdout);
  assert.deepEqual([results.accounts.created, results.keys.created, results.channels.created], [1, 2, 1]);
  const found = await gateway.call('GET', '/api/admin/token/list?page_size=100');
  const keys = dataOf(found).items as readonly Record<string, unknown>[];
  const fields = (name: string) => {
    const key = keys.find((each) => each.name === name) ?? assert.fail(name);
    return [
      key.username,
      key.status,
      key.remain_quota,
      key.model_limits_enabled,
      key.model_limits,
      key.allow_ips,
      key.expired_time,
    ];
  };
  assert.deepEqual(fields('first'), [
    'ana',
    1,
    250_000,
    true,
    'demo-chat,m-2',
    '127.0.0.0/8\n10.0.0.1',
    4_102_444_800,
  ]);
  assert.deepEqual(fields('second, last').slice(0, 4), ['root', 2, 500_000, false]);
  const response = await fetch(`${gateway.url}/v1/models`, {
    headers: { authorization: `Bearer ${one.value}` },
  });
  assert.equal(response.status, 200);
  await response.text();
});

test('every fault is named by file, line and column, and nothing goes over', async () => {
  const { code, stderr } = await takes('bad', {
    accounts: ['username,colour', 'ben,red'],
    keys: [
      'username,digest,remain_quota,remain_quota_usd,unlimited_quota',
      `root,${'ab'.repeat(32)},5,1,false`,
      'root,,x,,maybe',
      'root',
    ],
  });
  assert.equal(code, exitCodes.usage);
  for (const said of nonEmpty([
    'accounts.csv, column "colour": there is no such column',
    'keys.csv, line 2, column remain_quota_usd: the amount is there twice',
    'keys.csv, line 3, column remain_quota: must be a whole number',
    'keys.csv, line 3, column unlimited_quota: must be true or false',
    'keys.csv, line 3: value or digest is missing',
    'keys.csv, line 4 has 1 cells',
  ])) {
    assert.ok(stderr.includes(said), `${said}: ${stderr}`);
  }
  const found = await gateway.call('GET', '/api/user/search?keyword=ben');
  assert.deepEqual(dataOf(found).items, []);
  const none = await takes('none', {});
  assert.match(none.stderr, /There is none of accounts\.csv, keys\.csv, channels\.csv/);
});
