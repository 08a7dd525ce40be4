/** The contract of the audit log: what each write leaves, how it is listed, and what retention removes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nonEmpty } from '../../../tests/support/non-empty.ts';
import type { TestStore } from '../../../tests/support/test-store.ts';
import type { AuditEvent, AuditNote, Origin } from '../../domain/audit.ts';
import { limits } from '../../platform/limits.ts';
import type { AuditQuery } from '../audit-store.ts';
import { type AuditedWrite, auditedWrites, idleWrites, type Left } from './audited-writes.ts';
import { aDigest, addAccount, anAccount, type Suite } from './engine.ts';

const origin: Origin = {
  actorId: 42,
  actorName: 'admin',
  credential: 'access_token',
  credentialId: '0badc0de',
  address: '203.0.113.7',
  userAgent: 'curl/8',
  requestId: 'req-1',
};

const aNote = (fields: Partial<AuditNote> = {}): AuditNote => ({
  action: 'updated',
  object: 'key',
  objectId: 1,
  objectName: 'a key',
  ownerId: 0,
  changes: [],
  ...fields,
});

const leftBy = ({ action, object, objectId, objectName, ownerId, changes }: AuditEvent): Left => [
  action,
  object,
  objectId,
  objectName,
  ownerId,
  ...changes.map(({ field }) => field),
];

/** All entries, oldest first. */
async function entries(store: TestStore, query: AuditQuery = {}): Promise<readonly AuditEvent[]> {
  const { items } = await store.audit.list(query, 1000);
  return items.toReversed();
}

/** The names of the notes of each page. */
async function pages(store: TestStore, query: AuditQuery, limit: number): Promise<readonly string[][]> {
  const found: string[][] = [];
  let beforeId: number | undefined;
  do {
    const page = await store.audit.list({ ...query, beforeId }, limit);
    found.push(page.items.map(({ objectName }) => objectName));
    beforeId = page.nextBeforeId;
  } while (beforeId !== undefined);
  return found;
}

const named = (names: string, fields: Partial<AuditNote> = {}) =>
  names.split('').map((objectName) => aNote({ objectName, ...fields }));

export const auditSuite: Suite = (engine, open) => {
  test(`${engine}: every write leaves its entry, with its origin, time and changed fields`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const writes = await auditedWrites(store);
    const changes = store.by(origin);
    for (const { name, run, leaves } of nonEmpty(writes)) {
      const before = (await entries(store)).length;
      const result = await run(changes);
      const added = (await entries(store)).slice(before);
      assert.deepEqual(added.map(leftBy), leaves(result), name);
      for (const event of nonEmpty(added)) {
        const { id, createdMs, action, object, objectId, objectName, ownerId, changes, ...by } = event;
        assert.deepEqual(by, origin, name);
      }
    }
    const untested = Object.keys(methodsOf(changes)).filter(
      (name) => !writes.some((each) => each.name === name),
    );
    assert.deepEqual(untested, []);
  });

  test(`${engine}: what is refused or changes nothing leaves no entry`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const writes = await idleWrites(store);
    const before = await entries(store);
    for (const run of nonEmpty(writes)) {
      await run(store.by(origin));
      assert.deepEqual((await entries(store)).slice(before.length).map(leftBy), [], String(run));
    }
  });

  test(`${engine}: values before and after are kept, of secrets only that they changed`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const ana = await addAccount(store, anAccount('ana', { email: 'a@example.com' }));
    const secret = { passwordHash: 'scrypt$other', accessTokenDigest: aDigest() };
    const budget = { units: 5, period: 'daily', timeZone: 'UTC', softPercent: 80 } as const;
    await store.by(origin).updateAccount(ana.id, { ...secret, email: '', budget }, 1, () => undefined);
    assert.deepEqual((await entries(store)).at(-1)?.changes, [
      { field: 'email', before: 'a@example.com', after: '' },
      { field: 'password' },
      { field: 'access_token' },
      { field: 'budget', before: null, after: budget },
    ]);
  });

  test(`${engine}: a call that sets many prices leaves one entry`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const writes = await auditedWrites(store);
    const one = writes.find(({ name }) => name === 'insertPrices') as AuditedWrite;
    const given: Parameters<TestStore['insertPrices']>[0][] = [];
    await one.run({ ...methodsOf(store.by(origin)), insertPrices: async (rows) => void given.push(rows) });
    const [row] = given[0] ?? [];
    assert.ok(row);
    const count = limits.audit_prices_max + 1;
    await store
      .by(origin)
      .insertPrices(Array.from({ length: count }, (_, index) => ({ ...row, model: `m${index}` })));
    const [last, former] = (await entries(store)).toReversed();
    assert.deepEqual(last?.changes, [{ field: 'prices', after: count }]);
    assert.notEqual(former?.object, 'price');
  });

  test(`${engine}: texts of clients are cut and cleaned, in whatever characters they come`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const hostile = `\u0000\ud800${'x'.repeat(5000)}\n`;
    const note = aNote({
      objectName: hostile,
      changes: [{ field: 'name', before: hostile, after: hostile }],
    });
    await store.by({ ...origin, actorName: hostile, userAgent: hostile }).note([note]);
    const event = (await entries(store)).at(-1);
    assert.equal(event?.objectName, ` \ufffd${'x'.repeat(limits.audit_name_chars_max - 2)}`);
    assert.equal(event?.userAgent.length, limits.audit_agent_chars_max);
    assert.equal(event?.actorName.length, limits.audit_name_chars_max);
  });

  test(`${engine}: entries are filtered, newest first, and read on from any of them`, async (t) => {
    const { store, clock, dispose } = await open();
    t.after(dispose);
    const begun = clock.now();
    const by = (fields: Partial<Origin>) => store.by({ ...origin, ...fields });
    await by({ actorId: 7 }).note(named('ab', { ownerId: 7, objectId: 3 }));
    clock.advance(1000);
    await by({ address: '::1' }).note(named('c', { object: 'channel', action: 'deleted', objectId: 3 }));
    await by({}).note(named('d', { ownerId: 7, objectId: 4 }));
    const found = async (query: AuditQuery) => (await pages(store, query, 100)).flat().join('');
    assert.equal(await found({}), 'dcba');
    assert.equal(await found({ actorId: 7 }), 'ba');
    assert.equal(await found({ ownerId: 7 }), 'dba');
    assert.equal(await found({ address: '::1' }), 'c');
    assert.equal(await found({ action: 'deleted' }), 'c');
    assert.equal(await found({ object: 'channel' }), 'c');
    assert.equal(await found({ object: 'key', objectId: 3 }), 'ba');
    assert.equal(await found({ objectName: 'd' }), 'd');
    assert.equal(await found({ ownerId: 7, actorId: 42, action: 'updated', object: 'key' }), 'd');
    assert.equal(await found({ fromMs: begun + 1 }), 'dc');
    assert.equal(await found({ toMs: begun }), 'ba');
    assert.equal(await found({ ownerId: 7, action: 'deleted' }), '');
    assert.equal(await found({ text: 'adm', actorId: 7 }), 'ba');
    assert.equal(await found({ text: '::' }), 'c');
    assert.equal(await found({ text: 'nobody' }), '');
    assert.equal(await found({ text: '\u0000' }), '');
    const [newest] = (await store.audit.list({}, 1)).items;
    assert.equal(await found({ id: newest?.id }), 'd');
    assert.equal(await found({ id: newest?.id, ownerId: 8 }), '');
    for (const nothing of [
      { address: '\u0000' },
      { address: '' },
      { objectName: '\ud800' },
      { actorId: 1.5 },
    ]) {
      assert.equal(await found(nothing), '', JSON.stringify(nothing));
    }
    assert.deepEqual((await store.audit.list({ beforeId: 999_999 }, 10)).items, []);
    assert.deepEqual(await pages(store, {}, 3), [['d', 'c', 'b'], ['a']]);
    assert.deepEqual(await pages(store, { ownerId: 7 }, 1), [['d'], ['b'], ['a'], []]);
  });

  test(`${engine}: an administrator sees its own objects, those of lower roles, of deleted accounts and of the gateway`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const add = async (username: string, role: 1 | 10 | 100) =>
      (await addAccount(store, anAccount(username, { role }))).id;
    const [root, admin, peer, user] = [
      await add('root', 100),
      await add('admin', 10),
      await add('peer', 10),
      await add('user', 1),
    ];
    const since = (await entries(store)).at(-1)?.id ?? 0;
    const owners = { r: root, a: admin, p: peer, u: user, g: 0, d: 999 };
    for (const [name, ownerId] of Object.entries(owners)) await store.note(named(name, { ownerId }));
    const seen = async (id: number, role: number) =>
      (await entries(store, { scope: { id, role } }))
        .filter((event) => event.id > since)
        .map(({ objectName }) => objectName)
        .join('');
    assert.equal(await seen(admin, 10), 'augd');
    assert.equal(await seen(root, 100), 'rapugd');
  });

  test(`${engine}: one page looks through a bounded number of entries, and the next one goes on there`, async (t) => {
    const { store, dispose } = await open();
    t.after(dispose);
    const many = limits.audit_searched_max;
    await store.note(named('z', { ownerId: 5 }));
    await store.note(Array.from({ length: many }, () => aNote({ ownerId: 5, objectName: 'x' })));
    assert.deepEqual(await pages(store, { ownerId: 5, objectName: 'z' }, 10), [[], ['z']]);
    assert.deepEqual(await pages(store, { ownerId: 6, objectName: 'z' }, 10), [[]]);
  });

  test(`${engine}: retention removes the oldest entries first, and erases addresses while the rest stays`, async (t) => {
    const { store, clock, dispose } = await open();
    t.after(dispose);
    const begun = clock.now();
    await store.by(origin).note(named('abc'));
    clock.advance(1000);
    await store.by(origin).note(named('d'));
    const left = async () =>
      (await entries(store)).map(({ objectName, address }) => objectName + address).join(' ');
    assert.equal(await store.audit.eraseAddresses(begun, 10), 0);
    assert.equal(await store.audit.eraseAddresses(begun + 1, 2), 2);
    assert.equal(await left(), 'a b c203.0.113.7 d203.0.113.7');
    assert.equal((await entries(store))[0]?.userAgent, '');
    assert.equal((await entries(store))[0]?.credentialId, origin.credentialId);
    assert.equal(await store.audit.eraseAddresses(begun + 1, 2), 1);
    assert.equal(await store.audit.deleteBefore(begun, 10), 0);
    assert.equal(await store.audit.deleteBefore(begun + 1, 2), 2);
    assert.equal(await left(), 'c d203.0.113.7');
    assert.equal(await store.audit.deleteBefore(begun + 1, 2), 1);
    assert.equal(await left(), 'd203.0.113.7');
  });
};

function methodsOf<Given extends object>(changes: Given): Given {
  const names = Object.getOwnPropertyNames(Object.getPrototypeOf(changes)).filter(
    (name) => name !== 'constructor',
  );
  const bound = names.map((name) => [name, (changes[name as keyof Given] as () => unknown).bind(changes)]);
  return Object.fromEntries(bound) as Given;
}
