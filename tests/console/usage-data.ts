/** Known usage in the database of a gateway that is not started yet: root's, of some days of a time zone. */
import { bootstrap } from '../../src/accounts/bootstrap.ts';
import { Passwords } from '../../src/accounts/passwords.ts';
import { type RecordType, recordTypes } from '../../src/domain/accounting/terms.ts';
import { gatewayOrigin } from '../../src/domain/audit.ts';
import { digestOf } from '../../src/domain/digest.ts';
import { makeKeyValue } from '../../src/domain/format.ts';
import { startOfZonedDay } from '../../src/domain/usage-buckets.ts';
import { freshKey } from '../../src/management/tokens/fields.ts';
import { systemClock as clock } from '../../src/platform/clock.ts';
import { systemRandom as random } from '../../src/platform/random.ts';
import { loadSettings } from '../../src/platform/settings/load.ts';
import { openStore } from '../../src/store/open-store.ts';
import { emptyDetail } from '../../src/store/record-detail.ts';
import type { Store } from '../../src/store/store.ts';
import { engineEnv } from '../support/engine.ts';

/** Markup, right-to-left marks, and wide letters without a place to break. */
export const hostileName = `<img src=x onerror=alert(1)> \u202eevil\u202c ${'宽'.repeat(12)}`;
export const smallestSpend = 'model-of-one-unit';

/** A zone in which it is about noon, so that no test runs across its midnight. */
export function zoneAtNoon(): string {
  const ahead = 12 - new Date(clock.now()).getUTCHours();
  // POSIX writes what is ahead of UTC with a minus.
  return ahead === 0 ? 'Etc/GMT' : `Etc/GMT${ahead > 0 ? '-' : '+'}${Math.abs(ahead)}`;
}

interface Use {
  readonly daysAgo: number;
  readonly units: number;
  readonly model?: string;
  readonly type?: RecordType;
}

/** Two cents a day for two weeks, more of it today; one error; one request that cost a single unit. */
const uses: readonly Use[] = [
  ...Array.from({ length: 14 }, (_, daysAgo) => ({ daysAgo, units: 10_000 })),
  { daysAgo: 0, units: 500_000, model: 'model-b' },
  { daysAgo: 0, units: 1, model: smallestSpend },
  { daysAgo: 1, units: 0, type: recordTypes.error },
];

/** @param token root's access token @returns the id of the key that made all requests */
export async function seedUsage(dataDir: string, token: string, timeZone: string): Promise<number> {
  const settings = loadSettings({ env: { HALLEY_DATA_DIR: dataDir, ...(await engineEnv(dataDir)) } });
  const opened = await openStore({ settings, clock, random, onLost: () => undefined });
  const { store } = opened;
  try {
    await bootstrap({ store, clock, random, passwords: new Passwords(random), bootstrapToken: token });
    const root = await store.findAccountByUsername('root');
    if (!root) throw new Error('root was not made');
    const keyId = await insertKey(store, root.id, timeZone);
    const now = Math.floor(clock.now() / 1000);
    const records = uses.map(({ daysAgo, units, model = 'model-a', type = recordTypes.consume }, place) => ({
      requestId: `seeded-${place}`,
      type,
      // The first second of its day.
      createdAt: startOfZonedDay(now, timeZone, daysAgo),
      accountId: root.id,
      keyId,
      model,
      units,
      detail: {
        ...emptyDetail,
        inputTokens: 900,
        outputTokens: 100,
        stream: true,
        firstByteMs: 300,
        totalMs: 1300,
      },
    }));
    await store.settle(
      records.map((record) => ({ record, reserved: false })),
      false,
    );
    return keyId;
  } finally {
    await opened.close();
  }
}

async function insertKey(store: Store, accountId: number, timeZone: string): Promise<number> {
  const { body } = makeKeyValue(random);
  const budget = { units: 500_000, period: 'daily', timeZone, softPercent: 80 } as const;
  const now = Math.floor(clock.now() / 1000);
  const fields = { ...freshKey, name: hostileName, unlimitedQuota: true, budget };
  const key = {
    ...fields,
    accountId,
    digest: digestOf(body),
    sealed: null,
    hint: 'sk-abcd…wxyz',
    createdAt: now,
  };
  const row = await store.by(gatewayOrigin).insertKey(key, 10, () => undefined);
  if (typeof row === 'string') throw new Error(row);
  return row.id;
}
