import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { type TestContext, test } from 'node:test';
import { RawClient } from '../../tests/http/raw-client.ts';
import { startShell } from '../../tests/http/shell.ts';
import { until } from '../../tests/support/until.ts';
import type { KeyPolicy } from '../access/key-policy.ts';
import { BodyBudget } from '../http/body-budget.ts';
import { Spool } from '../http/multipart/spool.ts';
import { matchOperation } from '../operations/match.ts';
import type { Operation } from '../operations/operation.ts';
import { systemClock } from '../platform/clock.ts';
import { limits } from '../platform/limits.ts';
import { systemRandom } from '../platform/random.ts';
import { BodyIntake } from './body-intake.ts';
import type { RequestBody } from './request-body.ts';

const operation = matchOperation('POST', '/v1/chat/completions', '') as Operation;

/** A body that is read elsewhere, for as long as the test wants. */
async function rig(t: TestContext) {
  const bodies = new BodyBudget({ bytesMax: 1e9, senderBytesMax: 1e9 });
  const elsewhere = Promise.withResolvers<RequestBody>();
  const asked = Promise.withResolvers<() => boolean>();
  const spool = new Spool({ directory: tmpdir(), random: systemRandom, clock: systemClock });
  const intake = new BodyIntake({
    clock: systemClock,
    uploads: {
      bytesMax: 1e8,
      spool,
      budget: bodies,
      random: systemRandom,
      sounds: { secondsOf: async () => 1 },
    },
    bodyBytesMax: 1e8,
    bodyPace: { idleMs: 10_000, bytesPerSecondMin: 0 },
    bodies,
    bodyReader: {
      read: (_order, isWanted) => {
        asked.resolve(isWanted);
        return elsewhere.promise;
      },
    },
  });
  const shell = await startShell(t, {
    handle: (exchange) => {
      intake
        .read(exchange, operation, { keyId: 1, reserves: false } as KeyPolicy, () => undefined)
        .catch(() => undefined);
    },
  });
  const client = await RawClient.open(shell.port);
  const length = limits.inline_json_bytes_max + 1;
  client.send(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`);
  client.send(Buffer.alloc(length, ' '));
  return { bodies, intake, client, elsewhere, isWanted: await asked.promise };
}

test('a body that a thread still has counts, although its request is over', async (t) => {
  const { bodies, intake, client, elsewhere, isWanted } = await rig(t);
  assert.ok(bodies.bytes > limits.inline_json_bytes_max);
  assert.equal(isWanted(), true);
  intake.release();
  assert.equal(isWanted(), false);
  assert.ok(bodies.bytes > limits.inline_json_bytes_max, 'released while the thread has it');
  elsewhere.reject(new Error('the thread has let it go'));
  await until(() => bodies.bytes === 0);
  client.socket.destroy();
});
