/** One of the first steps, with whether it is done. */
import { Check } from 'lucide-react';
import type { ReactNode } from 'react';
import { Status } from '../../components/status.tsx';
import { useMessages } from '../../i18n/messages.ts';
import styles from './start.module.css';

interface StepProps {
  readonly number: number;
  readonly title: string;
  readonly isDone: boolean;
  readonly children: ReactNode;
}

export function Step({ number, title, isDone, children }: StepProps) {
  const t = useMessages('start');
  return (
    <li className={styles.step} data-done={isDone || undefined}>
      <span className={styles.number} aria-hidden="true">
        {isDone ? <Check /> : number}
      </span>
      <div className={styles.content}>
        <div className={styles.head}>
          <h2>{title}</h2>
          {isDone && <Status tone="ok">{t('stepDone')}</Status>}
        </div>
        {children}
      </div>
    </li>
  );
}
