/** The line that a deletion is about: "Dead on every node, 8 ms, 12:03:04.123". */
import { ShieldCheck } from 'lucide-react';
import { Moment } from '../../components/time.tsx';
import { format } from '../../format/format.ts';
import { useMessages } from '../../i18n/messages.ts';
import styles from './deletion.module.css';

interface DeathHeadlineProps {
  /** From the commit on, in milliseconds; undefined = not known. */
  readonly tookMs: number | undefined;
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly withDate?: boolean;
}

export function DeathHeadline({ tookMs, atMs, withDate = false }: DeathHeadlineProps) {
  const t = useMessages('receipts');
  return (
    <p className={styles.headline}>
      <ShieldCheck aria-hidden="true" />
      <span>
        <strong>{t('dead')}</strong>
        {tookMs !== undefined && (
          <>
            <span className={styles.dot} aria-hidden="true" />
            <span className={styles.took}>{format.duration(tookMs)}</span>
          </>
        )}
        <span className={styles.dot} aria-hidden="true" />
        <Moment ms={atMs} withDate={withDate} />
      </span>
    </p>
  );
}
