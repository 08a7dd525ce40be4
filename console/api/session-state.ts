/** Whether the session has ended while pages are open. The pages stay as they are: a dialog asks to sign in again. */
import { useSyncExternalStore } from 'react';

let ended = false;
const listeners = new Set<() => void>();

function set(value: boolean): void {
  if (ended === value) return;
  ended = value;
  for (const listener of listeners) listener();
}

/** Called when the gateway refuses a call with 401. */
export function sessionEnded(): void {
  set(true);
}

/** Called after signing in. */
export function sessionBegan(): void {
  set(false);
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useSessionEnded(): boolean {
  return useSyncExternalStore(subscribe, () => ended);
}
