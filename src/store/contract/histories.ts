/** The ledger against a plain model, whatever happens in whatever order. */
import { test } from 'node:test';
import fc from 'fast-check';
import { addAccount, addKey, aKey, anAccount, type Suite } from './engine.ts';
import { courses } from './ledger-commands.ts';
import { holdingOf, LedgerModel } from './ledger-model.ts';

/** How many courses, of up to 60 events each. */
const runs = 40;

export const historiesSuite: Suite = (engine, open) => {
  test(`${engine}: whatever happens in whatever order, balances are as in the plain model`, async () => {
    const property = fc.asyncProperty(courses, async (course) => {
      const { store, reopen, dispose } = await open();
      try {
        await fc.asyncModelRun(async () => {
          const model = new LedgerModel();
          for (const [left, unlimited] of [
            [60, false],
            [0, true],
          ] as const) {
            const given = { left, unlimited, budget: null };
            const fields = { quota: left, unlimitedQuota: unlimited };
            const { id } = await addAccount(store, anAccount(`account ${left}`, fields));
            model.accounts.set(id, holdingOf(id, given));
            const key = await addKey(store, aKey(id, { remainQuota: 30, unlimitedQuota: false }));
            model.keys.set(key.id, holdingOf(id, { ...given, left: 30, unlimited: false }));
          }
          return { model, real: { store, reopen } };
        }, course);
      } finally {
        await dispose();
      }
    });
    await fc.assert(property, { numRuns: runs });
  });
};
