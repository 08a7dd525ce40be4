/** The present time for relative times: one timer for all of them. */
import { useSyncExternalStore } from 'react';

const periodMs = 15_000;
const listeners = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function tick(): void {
  now = Date.now();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(tick, periodMs);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** @returns seconds since 1970, up to 15 s old */
export function useNowSeconds(): number {
  return Math.floor(useSyncExternalStore(subscribe, () => now) / 1000);
}
