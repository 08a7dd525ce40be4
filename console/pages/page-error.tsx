/** What a page shows when it cannot be drawn. */
import type { ErrorComponentProps } from '@tanstack/react-router';
import { ErrorState } from '../components/states.tsx';
import styles from './page-error.module.css';

export function PageError({ error, reset }: ErrorComponentProps) {
  return (
    <div className={styles.frame}>
      <ErrorState error={error} onRetry={reset} />
    </div>
  );
}
