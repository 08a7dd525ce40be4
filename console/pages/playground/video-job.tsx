/** One job of the playground: how it goes, what came of it and what it cost. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Trash2 } from 'lucide-react';
import { lazy, Suspense, useEffect, useState } from 'react';
import { api, failureOf } from '../../api/client.ts';
import { announce } from '../../components/announcer.tsx';
import { Button, ButtonLink } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { Facts } from '../../components/facts.tsx';
import { Inline } from '../../components/stack.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { isMoving, type OwnTask, ownTaskQuery, tasksKey } from '../../features/jobs/job.ts';
import { JobResults } from '../../features/jobs/job-result.tsx';
import { JobCost, JobDuration, JobProgress, JobStatus } from '../../features/jobs/job-status.tsx';
import { useMessages } from '../../i18n/messages.ts';
import soundStyles from './sound.module.css';

const ConfirmDialog = lazy(async () => ({
  default: (await import('../../components/confirm-dialog.tsx')).ConfirmDialog,
}));

interface VideoJobProps {
  readonly id: string;
  /** It was deleted. */
  readonly onGone: () => void;
}

export function VideoJob({ id, onGone }: VideoJobProps) {
  const t = useMessages('playground');
  const tasks = useMessages('tasks');
  const { data: job, error, refetch } = useQuery(ownTaskQuery(id));
  useAnnouncedState(job?.state);
  return (
    <section className={soundStyles.box} aria-label={t('jobResult')}>
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {job === undefined && !error && <Skeleton height={8} />}
      {job === null && <p>{tasks('noSuchJob')}</p>}
      {job && (
        <>
          <JobProgress job={job} />
          {job.fail_reason !== '' && (
            <Callout tone="danger" title={tasks(job.state === 'held' ? 'isHeld' : 'hasFailed')}>
              <bdi className={soundStyles.written}>{job.fail_reason}</bdi>
            </Callout>
          )}
          <JobResults job={job} />
          <Facts
            items={[
              { name: tasks('state'), value: <JobStatus job={job} /> },
              { name: tasks('model'), value: <bdi>{job.model_name}</bdi> },
              { name: tasks('took'), value: <JobDuration job={job} /> },
              { name: tasks('cost'), value: <JobCost job={job} /> },
            ]}
          />
          {isMoving(job) && <p>{t('videoRunning')}</p>}
          <Inline justify="end">
            {job.finish_time !== 0 && (
              <ButtonLink to="/log" search={{ request: job.request_id }} size="sm" variant="ghost">
                {t('openLog')}
              </ButtonLink>
            )}
            <DeleteVideo job={job} onGone={onGone} />
          </Inline>
        </>
      )}
    </section>
  );
}

/** Says how it ended, once it has. */
function useAnnouncedState(state: OwnTask['state'] | undefined): void {
  const tasks = useMessages('tasks');
  const [seen, setSeen] = useState(state);
  useEffect(() => {
    if (state === undefined || state === seen) return;
    if (seen !== undefined) announce(tasks(`state_${state}`));
    setSeen(state);
  }, [state, seen, tasks]);
}

interface DeleteVideoProps {
  readonly job: OwnTask;
  readonly onGone: () => void;
}

function DeleteVideo({ job, onGone }: DeleteVideoProps) {
  const t = useMessages('playground');
  const queryClient = useQueryClient();
  const [isAsking, setAsking] = useState(false);
  const { task_id: id, token_id: keyId } = job;
  const remove = useMutation({
    mutationFn: async () => {
      const query = { token_id: keyId, path: `/v1/videos/${encodeURIComponent(id)}` };
      const { response, error } = await api.DELETE('/api/playground', { params: { query } });
      if (!response.ok) throw failureOf(response, error);
    },
    onSuccess: async () => {
      announce(t('videoDeleted'));
      onGone();
      await queryClient.invalidateQueries({ queryKey: tasksKey });
    },
    onSettled: () => setAsking(false),
  });
  return (
    <>
      <Button size="sm" icon={<Trash2 />} onClick={() => setAsking(true)}>
        {t('deleteVideo')}
      </Button>
      {remove.error && <ErrorState error={remove.error} />}
      {isAsking && (
        <Suspense>
          <ConfirmDialog
            title={t('deleteVideoAsk')}
            text={t(isMoving(job) ? 'deleteRunningText' : 'deleteVideoText')}
            action={t('deleteVideo')}
            busy={remove.isPending}
            onConfirm={() => remove.mutate()}
            onClose={() => setAsking(false)}
          />
        </Suspense>
      )}
    </>
  );
}
