/** Lets tests listen to every access change of a store, whichever write commits it. */
import type { CommittedChange, OnCommitted, Store } from '../store.ts';

type Listener = (committed: CommittedChange) => void;

const listeners = new WeakMap<Store, Listener[]>();

/** Calls `listener` for each change that a write of the store commits from now on. */
export function listen(store: Store, listener: Listener): void {
  listeners.set(store, [...(listeners.get(store) ?? []), listener]);
}

/** The `onCommitted` that tests give to the writes of a store. */
export const heardBy =
  (store: Store): OnCommitted =>
  (changes) => {
    for (const committed of changes) for (const listener of listeners.get(store) ?? []) listener(committed);
  };
