/** Stores on databases of their own in the PostgreSQL that the tests of a process share. */
import { randomUUID } from 'node:crypto';
import { type Clock, ManualClock, systemClock } from '../../src/platform/clock.ts';
import {
  type OpenedPostgres,
  type OpenPostgresOptions,
  openPostgresStore,
} from '../../src/store/postgres/open.ts';
import type { Changes } from '../../src/store/store.ts';
import { connectionOf, freshDatabase } from './postgres-database.ts';
import { withChanges } from './test-store.ts';

export type OpenedTestStore = Omit<OpenedPostgres, 'store'> & {
  readonly store: OpenedPostgres['store'] & Changes;
};

/** Opens a store as one more process; whoever opens it closes it. */
export async function openTestStore(
  url: string,
  options: Partial<OpenPostgresOptions> = {},
): Promise<OpenedTestStore> {
  const opened = await openPostgresStore({
    ...connectionOf(url),
    clock: new ManualClock(),
    nodeId: 'node',
    processId: randomUUID(),
    ...options,
  });
  return { ...opened, store: withChanges(opened.store) };
}

/** Opens a store on a fresh database; it is closed when the test ends. */
export async function testStore(
  test: { after(run: () => Promise<void>): void },
  options: Partial<OpenPostgresOptions> = {},
): Promise<OpenedTestStore & { readonly url: string }> {
  const url = await freshDatabase();
  return { ...(await testStoreAt(test, url, options)), url };
}

/** The same on a database that exists, by the real clock unless another is given. */
export async function testStoreAt(
  test: { after(run: () => Promise<void>): void },
  url: string,
  options: Partial<OpenPostgresOptions> & { readonly clock?: Clock } = {},
): Promise<OpenedTestStore> {
  const opened = await openTestStore(url, { clock: systemClock, ...options });
  test.after(() => opened.store.close());
  return opened;
}
