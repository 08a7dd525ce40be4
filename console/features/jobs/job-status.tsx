/** The state of a job as a word with an icon, how far it is, and how long it took. Texts are those of `tasks`. */
import { Hourglass, LoaderCircle } from 'lucide-react';
import { Meter } from '../../components/meter.tsx';
import { Duration, Money } from '../../components/numbers.tsx';
import { Status, type Tone } from '../../components/status.tsx';
import { useNowSeconds } from '../../components/use-now.ts';
import { format } from '../../format/format.ts';
import { useMessages } from '../../i18n/messages.ts';
import type { Task } from './job.ts';
import styles from './jobs.module.css';

const looks = {
  submitting: { tone: 'info', icon: LoaderCircle },
  running: { tone: 'info', icon: LoaderCircle },
  held: { tone: 'warn', icon: Hourglass },
  succeeded: { tone: 'ok' },
  failed: { tone: 'danger' },
} as const satisfies Record<Task['state'], { tone: Tone; icon?: unknown }>;

const shareOf = ({ progress }: Pick<Task, 'progress'>): number => Number.parseInt(progress, 10) / 100;

export function JobStatus({ job }: { readonly job: Task }) {
  const t = useMessages('tasks');
  const share = shareOf(job);
  return (
    <span className={styles.status}>
      <Status {...looks[job.state]}>{t(`state_${job.state}`)}</Status>
      {job.state === 'running' && <span className={styles.share}>{format.share(share)}</span>}
    </span>
  );
}

/** A bar while the job runs; nothing before and after. */
export function JobProgress({ job }: { readonly job: Task }) {
  const t = useMessages('tasks');
  if (job.state !== 'running') return null;
  const share = shareOf(job);
  return <Meter label={t('progress')} share={share} text={format.share(share)} />;
}

/** From the submit to the end, or until now. */
export function JobDuration({ job }: { readonly job: Task }) {
  const now = useNowSeconds();
  const end = job.finish_time === 0 ? now : job.finish_time;
  return <Duration ms={Math.max(0, end - job.submit_time) * 1000} />;
}

/** What it was charged, or what is reserved for it. */
export function JobCost({ job }: { readonly job: Task }) {
  const t = useMessages('tasks');
  if (job.finish_time !== 0) return <Money units={job.quota} />;
  if (job.reserved_quota === 0) return <span className={styles.muted}>{t('notCharged')}</span>;
  return (
    <span className={styles.cost}>
      <Money units={job.reserved_quota} /> <span className={styles.muted}>{t('reserved')}</span>
    </span>
  );
}
