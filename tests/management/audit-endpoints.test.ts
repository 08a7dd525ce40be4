import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpoints } from '../../src/management/endpoints.ts';
import { maybeEmpty, nonEmpty } from '../support/non-empty.ts';
import { until } from '../support/until.ts';
import { type Call, cases } from './audit-cases.ts';
import { addedBy, entries, shown } from './audit-entries.ts';
import { ownPage, useRig } from './rig.ts';

const rig = useRig({ settings: { accounts: { login_attempts_max: 1e6, login_unknown_attempts_max: 1e6 } } });

/**
 * These change nothing that the log is about: a model request, which is charged and recorded as those of the model API,
 * and a question to an upstream that is no channel yet.
 */
const unlogged = new Set(['/api/playground', '/api/channel/fetch_models']);

/** Sends a call as root and reads its response to the end. */
async function readLines([path, body]: Call): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${rig.port}${path}`, {
    method: 'POST',
    headers: { authorization: rig.rootToken },
    body: JSON.stringify(body),
  });
  assert.match(await response.text(), /"done"/);
}

/** A new endpoint that changes something needs a case in audit-cases.ts: what entry it leaves. */
test('every endpoint that changes something leaves exactly its entries, and none when it fails', async () => {
  const all = await cases(rig);
  const changing = endpoints
    .filter(({ changes, path }) => changes && !unlogged.has(path))
    .map(({ method, path }) => `${method} ${path}`);
  assert.deepEqual(Object.keys(all).toSorted(), changing.toSorted());
  for (const [endpoint, make] of nonEmpty(Object.entries(all))) {
    const method = endpoint.split(' ')[0] ?? '';
    const { succeeds, fails, leaves, token, cookie, isLater, isLines, reports } = await make();
    const send = ([path, body]: Call) =>
      rig.call(method, path, {
        ...(body !== undefined && { body }),
        ...(token !== undefined && { token }),
        ...(cookie !== undefined && { token: null, headers: ownPage(rig, cookie) }),
      });
    const added = await addedBy(rig, async () => {
      if (isLines) return readLines(succeeds);
      const reply = await send(succeeds);
      assert.equal(reply.json.success, reports !== true, `${endpoint}: ${reply.text}`);
      if (isLater) await until(async () => (await entries(rig))[0]?.action === leaves[0]?.split(' ')[0]);
    });
    const found = added.map(shown).map((each) => {
      const anyId = each.replace(/\d+$/, '?');
      return leaves.includes(anyId) ? anyId : each;
    });
    // Entries of one call have no order among them.
    assert.deepEqual(found.toSorted(), leaves.toSorted(), endpoint);
    for (const entry of maybeEmpty(added)) {
      assert.equal(entry.address, '127.0.0.1', endpoint);
      assert.notEqual(entry.request_id, '', endpoint);
    }
    if (!fails) continue;
    const none = await addedBy(rig, async () =>
      assert.equal((await send(fails)).json.success, false, endpoint),
    );
    assert.deepEqual(none.map(shown), [], endpoint);
  }
});
