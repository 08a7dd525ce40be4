/** Stores for tests: with every audited write among the methods of the store itself, in the name of one tester. */
import type { Origin } from '../../src/domain/audit.ts';
import type { Changes, Store } from '../../src/store/store.ts';

export const testOrigin: Origin = {
  actorId: 0,
  actorName: 'tester',
  credential: 'cli',
  credentialId: '',
  address: '',
  userAgent: '',
  requestId: '',
};

export type TestStore = Store & Changes;

/** Adds the writes to the store. */
export function withChanges<Opened extends Store>(store: Opened): Opened & Changes {
  const changes = store.by(testOrigin);
  const methods = Object.getOwnPropertyNames(Object.getPrototypeOf(changes)) as (keyof Changes)[];
  const bound = methods.map((name) => {
    const method: unknown = changes[name];
    return typeof method === 'function' ? [name, method.bind(changes)] : [name, method];
  });
  const { constructor: _, ...writes } = Object.fromEntries(bound) as Record<string, unknown>;
  return Object.assign(store, writes as unknown as Omit<Changes, 'tombstones'>);
}
