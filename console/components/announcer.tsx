/** Tells screen readers what happened without moving the focus (WCAG 4.1.3). */
import { useSyncExternalStore } from 'react';
import styles from './visually-hidden.module.css';

let current = { text: '', count: 0 };
const listeners = new Set<() => void>();

/** Announces a text once the screen reader is idle, for example "Copied". */
export function announce(text: string): void {
  current = { text, count: current.count + 1 };
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The live region. The shell draws it once. */
export function Announcer() {
  const { text, count } = useSyncExternalStore(subscribe, () => current);
  return (
    <div role="status" aria-live="polite" className={styles.hidden}>
      {/* A new element, so that the same text is announced again. */}
      <span key={count}>{text}</span>
    </div>
  );
}
