/** The newest video jobs of the account, each with a way back to it. */
import { queryOptions, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { api, dataOf } from '../../api/client.ts';
import { RelativeTime } from '../../components/time.tsx';
import { nowSeconds, refreshMs, tasksKey } from '../../features/jobs/job.ts';
import { JobCost, JobStatus } from '../../features/jobs/job-status.tsx';
import { useMessages } from '../../i18n/messages.ts';
import styles from './recent-videos.module.css';

const shownMax = 6;

const recentQuery = queryOptions({
  queryKey: [...tasksKey, 'recent'],
  queryFn: ({ signal }) => {
    const query = { platform: 'videos', page_size: shownMax };
    return dataOf(api.GET('/api/task/self', { signal, params: { query } }));
  },
  refetchInterval: ({ state: { data } }) => (data ? refreshMs(data.items, nowSeconds()) : false),
});

/** @param shown the id of the one that the page shows; undefined = none */
export function RecentVideos({ shown }: { readonly shown: string | undefined }) {
  const t = useMessages('playground');
  const { data } = useQuery(recentQuery);
  if (!data || data.items.length === 0) return null;
  return (
    <section className={styles.recent} aria-label={t('recentVideos')}>
      <div className={styles.head}>
        <h2>{t('recentVideos')}</h2>
        <Link to="/task">{t('allJobs')}</Link>
      </div>
      <ul>
        {data.items.map((job) => (
          <li key={job.task_id} className={styles.job}>
            <Link
              from="/playground"
              to="/playground"
              search={(old) => ({ ...old, job: job.task_id })}
              aria-current={job.task_id === shown || undefined}
            >
              <RelativeTime at={job.submit_time} />
            </Link>
            <bdi className={styles.model}>{job.model_name}</bdi>
            <JobStatus job={job} />
            <JobCost job={job} />
          </li>
        ))}
      </ul>
    </section>
  );
}
