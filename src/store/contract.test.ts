/** Runs the one contract of `store.ts` over every storage engine. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshDatabase } from '../../tests/support/postgres-database.ts';
import { openTestStore } from '../../tests/support/postgres-store.ts';
import { withChanges } from '../../tests/support/test-store.ts';
import { ManualClock } from '../platform/clock.ts';
import { accountsSuite } from './contract/accounts.ts';
import { alertsSuite } from './contract/alerts.ts';
import { auditSuite } from './contract/audit.ts';
import { balanceEntriesSuite } from './contract/balance-entries.ts';
import { budgetAlertsSuite } from './contract/budget-alerts.ts';
import { budgetsSuite } from './contract/budgets.ts';
import { credentialsSuite } from './contract/credentials.ts';
import { deletionSuite } from './contract/deletion.ts';
import type { Engine } from './contract/engine.ts';
import { historiesSuite } from './contract/histories.ts';
import { importsSuite } from './contract/imports.ts';
import { jobsSuite } from './contract/jobs.ts';
import { keyListSuite } from './contract/key-list.ts';
import { keysSuite } from './contract/keys.ts';
import { managedKeysSuite } from './contract/managed-keys.ts';
import { objectsSuite } from './contract/objects.ts';
import { pricesSuite } from './contract/prices.ts';
import { receiptsSuite } from './contract/receipts.ts';
import { recordFiltersSuite } from './contract/record-filters.ts';
import { recordSearchSuite } from './contract/record-search.ts';
import { recordsSuite } from './contract/records.ts';
import { reservationsSuite } from './contract/reservations.ts';
import { sealedSuite } from './contract/sealed.ts';
import { settlementSuite } from './contract/settlement.ts';
import { signInsSuite } from './contract/sign-ins.ts';
import { tombstonesSuite } from './contract/tombstones.ts';
import { usageSuite } from './contract/usage.ts';
import { verificationSuite } from './contract/verification.ts';
import { openSqliteStore } from './sqlite/open.ts';

const sqlite: Engine = {
  name: 'sqlite',
  async open(clock) {
    const dir = await mkdtemp(join(tmpdir(), 'halley-store-'));
    let store = withChanges(openSqliteStore({ dir, clock }));
    return {
      store,
      clock,
      isShared: false,
      async reopen() {
        await store.close();
        store = withChanges(openSqliteStore({ dir, clock }));
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
      clock,
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
    keyListSuite,
    deletionSuite,
    credentialsSuite,
    accountsSuite,
    alertsSuite,
    auditSuite,
    pricesSuite,
    recordsSuite,
    recordSearchSuite,
    recordFiltersSuite,
    verificationSuite,
    usageSuite,
    reservationsSuite,
    budgetsSuite,
    settlementSuite,
    budgetAlertsSuite,
    balanceEntriesSuite,
    importsSuite,
    historiesSuite,
    sealedSuite,
    tombstonesSuite,
    signInsSuite,
    receiptsSuite,
    jobsSuite,
    objectsSuite,
  ]) {
    suite(engine.name, () => engine.open(new ManualClock()));
  }
}
