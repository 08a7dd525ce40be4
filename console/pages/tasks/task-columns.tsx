/** The columns of the jobs. */
import { Link } from '@tanstack/react-router';
import type { Column } from '../../components/table/column.ts';
import { DateTime } from '../../components/time.tsx';
import { isManaged, type Task, vendorTitles } from '../../features/jobs/job.ts';
import { JobCost, JobDuration, JobStatus } from '../../features/jobs/job-status.tsx';
import type { Translate } from '../../i18n/messages.ts';
import styles from './tasks.module.css';

/** @param isForAll whether the jobs of all accounts are shown */
export function taskColumns(t: Translate<'tasks'>, isForAll: boolean): readonly Column<Task>[] {
  const ofAll: readonly Column<Task>[] = [
    { id: 'account', header: t('account'), cell: (job) => isManaged(job) && <Name text={job.username} /> },
    {
      id: 'channel',
      header: t('channel'),
      cell: (job) => isManaged(job) && <Name text={job.channel_name || `#${job.channel_id}`} />,
    },
  ];
  return [
    { id: 'submitted', header: t('submitted'), cell: (job) => <OpenLink job={job} /> },
    { id: 'state', header: t('state'), cell: (job) => <JobStatus job={job} /> },
    {
      id: 'kind',
      header: t('kind'),
      cell: ({ platform, action }) => (
        <span className={styles.kind}>
          {vendorTitles[platform] ?? platform} <span className={styles.muted}>{action}</span>
        </span>
      ),
    },
    { id: 'model', header: t('model'), cell: ({ model_name: model }) => <Name text={model} /> },
    ...(isForAll ? ofAll : []),
    {
      id: 'key',
      header: t('key'),
      cell: ({ token_name: name, token_id: id }) => <Name text={name || `#${id}`} />,
    },
    { id: 'took', header: t('took'), align: 'end', cell: (job) => <JobDuration job={job} /> },
    { id: 'cost', header: t('cost'), align: 'end', cell: (job) => <JobCost job={job} /> },
  ];
}

function Name({ text }: { readonly text: string }) {
  return <bdi className={styles.cellName}>{text}</bdi>;
}

/** Opens the job in the side sheet. It covers its row. */
function OpenLink({ job: { task_id: id, submit_time: at } }: { readonly job: Task }) {
  return (
    <Link
      from="/task"
      to="/task"
      search={(old) => ({ ...old, open: id })}
      resetScroll={false}
      className={styles.rowLink}
      data-row={id}
    >
      <DateTime at={at} />
    </Link>
  );
}
