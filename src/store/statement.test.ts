import assert from 'node:assert/strict';
import { test } from 'node:test';
import { boolean, integer, json, list, names, omit, parameters, pick, reader, text } from './columns.ts';
import { statement } from './statement.ts';
import { keys, sessions } from './tables.ts';

const digest = new Uint8Array([1]);
const some = pick(sessions, 'digest', 'accountId', 'createdAt', 'expiresAt');
const insert = statement(some, `INSERT INTO sessions (${names(some)}) VALUES (${parameters(some)})`);
const session = { digest, accountId: 7, createdAt: 100, expiresAt: 200 };

test('each engine numbers the parameters in its own way, and a name that comes twice has one number', () => {
  const { sqlite, postgres, bind } = statement(
    { id: integer(), ids: list(integer()) },
    'SELECT 1 WHERE a = ANY(:ids::bigint[]) AND b = :id AND c = :ids',
  );
  assert.equal(sqlite, 'SELECT 1 WHERE a = ANY(?1::bigint[]) AND b = ?2 AND c = ?1');
  assert.equal(postgres, 'SELECT 1 WHERE a = ANY($1::bigint[]) AND b = $2 AND c = $1');
  assert.deepEqual(bind({ id: 5, ids: [1, 2] }), [[1, 2], 5]);
});

test('a parameter that is not declared, or not used, is found when the statement is made', () => {
  assert.throws(() => statement({ id: integer() }, 'SELECT :id, :other'), /:other is not declared/);
  assert.throws(() => statement({ id: integer(), other: integer() }, 'SELECT :id'), /:other is not used/);
  assert.throws(() => statement({}, 'SELECT :constructor'), /:constructor is not declared/);
});

test('the order in which the members of a row stand does not matter', () => {
  const swapped = { expiresAt: 200, createdAt: 100, accountId: 7, digest };
  assert.deepEqual(insert.bind(swapped), insert.bind(session));
  assert.deepEqual(insert.bind(session), [digest, 7, 100, 200]);
  assert.equal(
    insert.sqlite,
    'INSERT INTO sessions (digest, account_id, created_at, expires_at) VALUES (?1, ?2, ?3, ?4)',
  );
});

test('a row that has its fields in the places of others does not compile', () => {
  const { accountId, createdAt, expiresAt } = session;
  // @ts-expect-error digest and account are swapped
  insert.bind({ digest: accountId, accountId: digest, createdAt, expiresAt });
  // @ts-expect-error values without names, as of a list of positions
  insert.bind([digest, accountId, createdAt, expiresAt]);
  // @ts-expect-error one under the name of another table's column
  insert.bind({ digest, accountId, createdAt, accessedAt: expiresAt });
  const newKey = pick(keys, 'name', 'hint', 'allowIps', 'state');
  const insertKey = statement(newKey, `INSERT INTO keys (${names(newKey)}) VALUES (${parameters(newKey)})`);
  const key = { name: 'n', hint: 'h', allowIps: null, state: 'enabled' } as const;
  // @ts-expect-error the state is one of two words, the name any
  insertKey.bind({ ...key, state: 'n' as string, name: key.state });
  // @ts-expect-error null in a column that takes none
  insertKey.bind({ ...key, name: key.allowIps, allowIps: key.name });
  // @ts-expect-error a member of the row is missing
  insertKey.bind(omit(key as never, 'hint') as Omit<typeof key, 'hint'>);
  assert.deepEqual(insertKey.bind(key), ['n', 'h', null, 'enabled']);
});

test('a row is read by the names of its columns, of whichever engine', () => {
  const columns = { isOn: boolean(), group: text('group_name'), models: json<readonly string[]>() };
  const read = reader(columns, 'owner_');
  const row = { owner_models: '["a"]', owner_group_name: 'g', other: 1 };
  const expected = { isOn: true, group: 'g', models: ['a'] };
  assert.deepEqual(read({ ...row, owner_is_on: 1 }), expected);
  assert.deepEqual(read({ ...row, owner_is_on: true }), expected);
});
