/** One job, whole, in a side sheet. Load it with `lazy`. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useRef } from 'react';
import { useAccount } from '../../api/session.ts';
import { Button } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { CodeBlock } from '../../components/code-block.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { Sheet } from '../../components/dialog.tsx';
import { type Fact, Facts } from '../../components/facts.tsx';
import { Inline, Stack } from '../../components/stack.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { DateTime } from '../../components/time.tsx';
import {
  isManaged,
  isMoving,
  managedTaskQuery,
  type OwnTask,
  ownTaskQuery,
  type Task,
  vendorTitles,
} from '../../features/jobs/job.ts';
import { JobResults } from '../../features/jobs/job-result.tsx';
import { JobCost, JobDuration, JobProgress, JobStatus } from '../../features/jobs/job-status.tsx';
import { format } from '../../format/format.ts';
import { type Translate, useMessages } from '../../i18n/messages.ts';
import { ResolveJob } from './resolve-job.tsx';
import type { TasksSearch } from './route.ts';
import styles from './tasks.module.css';

interface TaskSheetProps {
  readonly id: string;
  readonly isAdministrator: boolean;
  readonly onClose: () => void;
  /** Shows the jobs that match, in the list. */
  readonly onFilter: (filter: Partial<TasksSearch>) => void;
}

const skeletonHeight = 20;

export function TaskSheet({ id, isAdministrator, onClose, onFilter }: TaskSheetProps) {
  const t = useMessages('tasks');
  const account = useAccount();
  const managed = useQuery({ ...managedTaskQuery(id), enabled: isAdministrator });
  const isOwn = !isAdministrator || managed.data?.user_id === account.id;
  const own = useQuery({ ...ownTaskQuery(id), enabled: isOwn });
  const { data: job, error, refetch } = isAdministrator ? managed : own;
  // A control would scroll the sheet to its place.
  const start = useRef<HTMLDivElement>(null);
  return (
    <Sheet
      open
      onClose={onClose}
      initialFocus={start}
      title={job ? `${vendorTitles[job.platform] ?? job.platform}: ${job.action}` : t('job')}
      description={job && <DateTime at={job.submit_time} />}
      footer={job && <Filters job={job} onFilter={onFilter} />}
    >
      <div ref={start} tabIndex={-1} className={styles.sheet}>
        {error && <ErrorState error={error} onRetry={() => void refetch()} />}
        {job === null && <p>{t('noSuchJob')}</p>}
        {job === undefined && !error && <Skeleton height={skeletonHeight} />}
        {job && (
          <Stack gap="lg">
            <JobProgress job={job} />
            {job.fail_reason !== '' && <Failure job={job} />}
            {isManaged(job) && job.state === 'held' && <ResolveJob job={job} />}
            {own.data && <Results job={own.data} />}
            <Facts items={factsOf(t, job)} />
            {own.data?.data && <Answer job={own.data} />}
          </Stack>
        )}
      </div>
    </Sheet>
  );
}

/** The words of the vendor or the network: foreign text. */
function Failure({ job: { state, fail_reason: reason } }: { readonly job: Task }) {
  const t = useMessages('tasks');
  return (
    <Callout tone={state === 'held' ? 'warn' : 'danger'} title={t(state === 'held' ? 'isHeld' : 'hasFailed')}>
      <bdi className={styles.name}>{reason}</bdi>
    </Callout>
  );
}

function Results({ job }: { readonly job: OwnTask }) {
  const t = useMessages('tasks');
  if (job.results.length === 0) return null;
  return (
    <section className={styles.section} aria-label={t('results')}>
      <h3>{t('results')}</h3>
      <JobResults job={job} />
    </section>
  );
}

/** What a fetch of the job answers. */
function Answer({ job: { data } }: { readonly job: OwnTask }) {
  const t = useMessages('tasks');
  return (
    <details className={styles.answer}>
      <summary>{t('answer')}</summary>
      <CodeBlock code={JSON.stringify(data, null, 2)} label={t('answer')} />
    </details>
  );
}

function factsOf(t: Translate<'tasks'>, job: Task): readonly Fact[] {
  const managed = isManaged(job) ? job : undefined;
  const channel = managed && (managed.channel_name || `#${managed.channel_id}`);
  const facts: readonly (Fact | false | undefined)[] = [
    { name: t('state'), value: <JobStatus job={job} /> },
    { name: t('model'), value: <bdi className={styles.name}>{job.model_name}</bdi> },
    { name: t('cost'), value: <JobCost job={job} /> },
    { name: t('took'), value: <JobDuration job={job} /> },
    job.finish_time !== 0 && { name: t('ended'), value: <DateTime at={job.finish_time} /> },
    isMoving(job) && { name: t('deadline'), value: <DateTime at={job.deadline} /> },
    managed && { name: t('account'), value: <bdi className={styles.name}>{managed.username}</bdi> },
    { name: t('key'), value: <KeyName job={job} /> },
    { name: t('group'), value: <bdi>{job.group}</bdi> },
    managed && { name: t('channel'), value: <bdi className={styles.name}>{channel}</bdi> },
    { name: t('attempts'), value: format.count(job.attempts) },
    { name: t('polls'), value: format.count(job.polls) },
    { name: t('id'), value: <Copied text={job.task_id} label={t('copyId')} /> },
    managed !== undefined &&
      managed.upstream_id !== '' && {
        name: t('upstreamId'),
        value: <Copied text={managed.upstream_id} label={t('copyUpstreamId')} />,
      },
    { name: t('request'), value: <RequestId job={job} /> },
  ];
  return facts.filter((fact) => fact !== false && fact !== undefined);
}

/** The name of the key as it was at the submit; that of an own key leads to its page. */
function KeyName({ job }: { readonly job: Task }): ReactNode {
  const { id: ownId } = useAccount();
  const text = <bdi className={styles.name}>{job.token_name || `#${job.token_id}`}</bdi>;
  if (isManaged(job) && job.user_id !== ownId) return text;
  return (
    <Link to="/token/$id" params={{ id: String(job.token_id) }}>
      {text}
    </Link>
  );
}

/** Once the job has ended, it leads to the record in the logs. */
function RequestId({ job }: { readonly job: Task }) {
  const t = useMessages('tasks');
  const { request_id: request } = job;
  return (
    <Inline>
      <Copied text={request} label={t('copyRequest')} />
      {job.finish_time !== 0 && (
        <Link to="/log" search={{ request, ...(isManaged(job) && { all: true }) }}>
          {t('openLog')}
        </Link>
      )}
    </Inline>
  );
}

function Copied({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <span className={styles.id}>
      <code>{text}</code>
      <CopyButton size="sm" variant="ghost" text={text} label={label} />
    </span>
  );
}

function Filters({ job, onFilter }: { readonly job: Task } & Pick<TaskSheetProps, 'onFilter'>) {
  const t = useMessages('tasks');
  return (
    <Inline>
      <Button size="sm" onClick={() => onFilter({ vendor: job.platform, action: job.action })}>
        {t('sameAction')}
      </Button>
      <Button size="sm" onClick={() => onFilter({ key: job.token_id })}>
        {t('sameKey')}
      </Button>
      {isManaged(job) && (
        <Button size="sm" onClick={() => onFilter({ all: true, user: job.user_id })}>
          {t('sameAccount')}
        </Button>
      )}
    </Inline>
  );
}
