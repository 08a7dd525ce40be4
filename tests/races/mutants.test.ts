/**
 * Shows that the race can fail: with one guard removed, the gateway must be caught admitting a request that began
 * after the deletion was confirmed.
 */
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startFakeUpstream } from '../support/fake-upstream.ts';
import { type Gateway, startGateway } from '../support/gateway.ts';
import { compileCacheOf, type Edit, mutate } from '../support/mutants.ts';
import { type RaceOptions, race, shotsWith } from './race.ts';

/** A slow read, as from a remote database: it widens the window that the guard protects. */
const slowRead: Edit = {
  mark: 'the read of a key',
  with: (of) => `${of('')} await new Promise((resolve) => setTimeout(resolve, 3));`,
};

const noEviction: Edit = { mark: 'own changes are evicted', with: '' };

const staleFillsInstall: Edit = { mark: 'a stale read is not installed', part: 'argument', with: 'true' };

async function admittedAfterDelete(edits: readonly Edit[], options: Partial<RaceOptions>): Promise<number> {
  const dir = mutate(['src'], edits);
  const upstream = await startFakeUpstream();
  let gateway: Gateway | undefined;
  try {
    const running = await startGateway({
      entry: join(dir, 'src/cli/halley.ts'),
      env: { ...compileCacheOf(dir), HALLEY_LOG_REQUESTS: 'false' },
    });
    gateway = running;
    await running.createChannel(upstream.origin);
    const result = await race({
      url: running.url,
      attemptsSoonAfter: Number.POSITIVE_INFINITY,
      roundsMax: 40,
      endsWhenLost: true,
      connections: 16,
      restless: 16,
      lead: { admitted: 0, ms: (round) => round % 5 },
      tailMs: 15,
      ...options,
      async prepare() {
        const key = await running.createKey();
        return {
          shots: shotsWith(key.value),
          async revoke() {
            const answer = await running.call('DELETE', `/api/token/${key.id}`);
            assert.equal(answer.json?.success, true);
          },
        };
      },
    });
    return result.admittedAfter;
  } finally {
    await gateway?.stop();
    await upstream.close();
    rmSync(dir, { recursive: true });
  }
}

test('without eviction the race catches requests admitted after DELETE', async () => {
  assert.ok((await admittedAfterDelete([noEviction], { lead: { admitted: 16, ms: () => 0 } })) > 0);
});

test('with slow reads that may install after a delete the race catches requests admitted after DELETE', async () => {
  assert.ok((await admittedAfterDelete([slowRead, staleFillsInstall], {})) > 0);
});

test('with slow reads alone the guard holds', async () => {
  assert.equal(await admittedAfterDelete([slowRead], {}), 0);
});
