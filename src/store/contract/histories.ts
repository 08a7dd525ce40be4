/** The ledger of a store against one in memory that applies the shared rules, whatever happens in whatever order. */
import { test } from 'node:test';
import fc from 'fast-check';
import { addAccount, addKey, aKey, anAccount, type Suite } from './engine.ts';
import { histories } from './ledger-commands.ts';
import { MemoryLedger } from './memory-ledger.ts';

/** How many histories, of up to 60 events each; many in `npm run test:accounting`. */
const runs = Number(process.env.ACCOUNTING_RUNS ?? 12);

export const historiesSuite: Suite = (engine, open) => {
  test(`${engine}: whatever happens in whatever order, balances are as the shared rules say`, async () => {
    const property = fc.asyncProperty(histories, async (history) => {
      const { store, reopen, dispose } = await open();
      try {
        await fc.asyncModelRun(async () => {
          const model = new MemoryLedger();
          for (const [remaining, unlimited] of [
            [60, false],
            [0, true],
          ] as const) {
            const terms = { remaining, unlimited, budget: null };
            const fields = { quota: remaining, unlimitedQuota: unlimited };
            const { id, username } = await addAccount(store, anAccount(`account ${remaining}`, fields));
            model.addAccount(id, terms, username);
            const key = await addKey(store, aKey(id, { remainQuota: 30, unlimitedQuota: false }));
            model.addKey(key.id, id, { ...terms, remaining: 30, unlimited: false }, key.name);
          }
          return { model, real: { store, reopen } };
        }, history);
      } finally {
        await dispose();
      }
    });
    await fc.assert(property, { numRuns: runs });
  });
};
