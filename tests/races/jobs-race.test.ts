/**
 * Races submits and fetches of jobs against the call that revokes their key: none that began after the confirmation is
 * admitted, no job is written after it, and what the upstream had accepted by then is cancelled there and free.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { differencesIn, openDatabase } from '../support/database.ts';
import { dataOf, type Gateway, startGateway } from '../support/gateway.ts';
import { until } from '../support/until.ts';
import { startVendorUpstream, type VendorUpstream } from '../support/vendor-upstream.ts';
import { race, type Shot } from './race.ts';

/** Attempts within 10 ms after the confirmations, as in revocation-race.test.ts. */
const attempts = Math.ceil(Number(process.env.HALLEY_RACE_ATTEMPTS ?? 2500) / 10);
const path = '/replicate/v1/models/o/n/predictions';

let gateway: Gateway;
let upstream: VendorUpstream;

before(async () => {
  upstream = await startVendorUpstream();
  gateway = await startGateway({ env: { HALLEY_LOG_REQUESTS: 'false' } });
  await gateway.createChannel(upstream.origin, { models: ['o/n'] });
  const price = { id: 'o/n', input: '0', output: '0', per_image: '0.001' };
  dataOf(await gateway.call('PUT', '/api/price', { body: { models: [price] } }));
});

after(async () => {
  await gateway.stop();
  await upstream.close();
});

/** One submit to five fetches. */
function shotsOf(key: string, id: string): readonly Shot[] {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const get = (at: string): Shot => ({ method: 'GET', path: at, headers });
  const one = get(`/replicate/v1/predictions/${id}`);
  const submit = {
    method: 'POST',
    path,
    headers,
    body: JSON.stringify({ input: { prompt: 'endless' } }),
  } as const;
  return [submit, one, one, get('/replicate/v1/predictions'), one, one];
}

test('no submit or fetch that began after DELETE succeeded is admitted, and what ran is cancelled and free', async (t) => {
  /** When each deletion was confirmed, by the wall clock, by the id of its key. */
  const confirmed = new Map<number, number>();
  const result = await race({
    url: gateway.url,
    attemptsSoonAfter: attempts,
    roundsMax: 100,
    ...{ connections: 32, restless: 2, lead: { admitted: 32, ms: () => 0 }, tailMs: 12 },
    async prepare() {
      const key = await gateway.createKey({ unlimited_quota: false, remain_quota: 1_000_000 });
      const body = { input: { prompt: 'endless' } };
      const first = await gateway.call('POST', path, { token: `Bearer ${key.value}`, body });
      assert.equal(first.status, 200, first.text);
      return {
        shots: shotsOf(key.value, String(first.json?.id)),
        async revoke() {
          const answer = await gateway.call('DELETE', `/api/token/${key.id}`);
          assert.equal(answer.json?.success, true, answer.text);
          confirmed.set(key.id, Date.now());
        },
      };
    },
  });
  assert.equal(result.admittedAfter, 0);
  const least = Math.min(attempts, 100);
  assert.ok(result.attemptsSoonAfter >= least, 'too few attempts came near the confirmation');
  const book = await openDatabase(gateway.dataDir);
  try {
    const rows = await book.rows('SELECT key_id, created_ms FROM jobs');
    const late = rows.filter((row) => Number(row.created_ms) > (confirmed.get(Number(row.key_id)) ?? 0));
    assert.deepEqual(late, [], 'written after the confirmation');
    const running = async () => (await book.rows("SELECT id FROM jobs WHERE state = 'running'")).length;
    const ended = until(async () => (await running()) === 0 && upstream.endless() === 0, 100);
    await ended;
    const units = await book.rows('SELECT sum(charged) AS units FROM jobs');
    assert.equal(Number(units[0]?.units), 0);
    t.diagnostic(
      `${result.rounds} rounds: ${result.admitted} of ${result.attempts} attempts admitted, ${rows.length} jobs; ` +
        `${result.attemptsAfter} attempts began after the confirmation (${result.attemptsSoonAfter} within 10 ms)`,
    );
  } finally {
    await book.close();
  }
  assert.deepEqual(await differencesIn(gateway.dataDir, 5), []);
});
