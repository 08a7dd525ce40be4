/** Runs the one contract of `store.ts` over every storage engine. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshDatabase } from '../../tests/support/postgres-database.ts';
import { openTestStore } from '../../tests/support/postgres-store.ts';
import { ManualClock } from '../platform/clock.ts';
import { accountsSuite } from './contract/accounts.ts';
import { alertsSuite } from './contract/alerts.ts';
import { balanceEntriesSuite } from './contract/balance-entries.ts';
import { budgetAlertsSuite } from './contract/budget-alerts.ts';
import { budgetsSuite } from './contract/budgets.ts';
import { credentialsSuite } from './contract/credentials.ts';
import { deletionSuite } from './contract/deletion.ts';
import type { Engine } from './contract/engine.ts';
import { historiesSuite } from './contract/histories.ts';
import { keysSuite } from './contract/keys.ts';
import { managedKeysSuite } from './contract/managed-keys.ts';
import { pricesSuite } from './contract/prices.ts';
import { recordsSuite } from './contract/records.ts';
import { reservationsSuite } from './contract/reservations.ts';
import { sealedSuite } from './contract/sealed.ts';
import { settlementSuite } from './contract/settlement.ts';
import { tombstonesSuite } from './contract/tombstones.ts';
import { verificationSuite } from './contract/verification.ts';
import { openSqliteStore } from './sqlite/open.ts';

const sqlite: Engine = {
  name: 'sqlite',
  async open(clock) {
    const dir = await mkdtemp(join(tmpdir(), 'halley-store-'));
    let store = openSqliteStore({ dir, clock });
    return {
      store,
      isShared: false,
      async reopen() {
        await store.close();
        store = openSqliteStore({ dir, clock });
        return store;
      },
      async dispose() {
        await store.close();
        await rm(dir, { recursive: true });
      },
    };
  },
};

const postgres: Engine = {
  name: 'postgres',
  async open(clock) {
    const url = await freshDatabase();
    let { store } = await openTestStore(url, { clock });
    return {
      store,
      isShared: true,
      async reopen() {
        await store.close();
        ({ store } = await openTestStore(url, { clock }));
        return store;
      },
      dispose: () => store.close(),
    };
  },
};

for (const engine of [sqlite, postgres]) {
  for (const suite of [
    keysSuite,
    managedKeysSuite,
    deletionSuite,
    credentialsSuite,
    accountsSuite,
    alertsSuite,
    pricesSuite,
    recordsSuite,
    verificationSuite,
    reservationsSuite,
    budgetsSuite,
    settlementSuite,
    budgetAlertsSuite,
    balanceEntriesSuite,
    historiesSuite,
    sealedSuite,
    tombstonesSuite,
  ]) {
    suite(engine.name, () => engine.open(new ManualClock()));
  }
}
