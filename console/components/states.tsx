/** What a list or page shows in place of its content: nothing there, loading, failed. */
import { RotateCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { ApiError, isSignedOut } from '../api/api-error.ts';
import { useMessages } from '../i18n/messages.ts';
import { Button } from './button.tsx';
import { Callout } from './callout.tsx';
import styles from './states.module.css';

interface EmptyStateProps {
  readonly icon?: ReactNode;
  readonly title: string;
  /** Why it is empty and what to do next. */
  readonly children?: ReactNode;
  /** The next step. */
  readonly action?: ReactNode;
}

export function EmptyState({ icon, title, children, action }: EmptyStateProps) {
  return (
    <div className={styles.empty}>
      {icon}
      <h2>{title}</h2>
      {children !== undefined && <p>{children}</p>}
      {action}
    </div>
  );
}

interface ErrorStateProps {
  readonly error: unknown;
  /** Tries again; undefined = trying again cannot help. */
  readonly onRetry?: (() => void) | undefined;
}

/**
 * What happened, the request id for the operator's log, and a way to try again. Nothing for an ended session: a dialog
 * asks to sign in again.
 */
export function ErrorState({ error, onRetry }: ErrorStateProps) {
  const t = useMessages('common');
  const requestId = error instanceof ApiError ? error.facts.requestId : '';
  const title = useErrorText(error);
  if (isSignedOut(error)) return null;
  return (
    <Callout
      tone="danger"
      title={title}
      actions={
        onRetry && (
          <Button size="sm" icon={<RotateCw />} onClick={onRetry}>
            {t('retry')}
          </Button>
        )
      }
    >
      {requestId !== '' && (
        <span className={styles.requestId}>
          {t('requestId')} <code>{requestId}</code>
        </span>
      )}
    </Callout>
  );
}

/** The text of a failure: the gateway's own, or the console's where the gateway gave none. */
export function useErrorText(error: unknown): string {
  const t = useMessages('common');
  if (!(error instanceof ApiError)) return t('failed');
  const { code, message, status } = error.facts;
  if (code === 'unreachable') return t('unreachable');
  return message === '' ? t('unexpectedResponse', { status }) : message;
}

interface SkeletonProps {
  /** In rem, as tall as what comes. */
  readonly height: number;
}

/** Holds the place of content that loads, so that nothing jumps. */
export function Skeleton({ height }: SkeletonProps) {
  return <span className={styles.skeleton} style={{ height: `${height}rem` }} aria-hidden="true" />;
}
