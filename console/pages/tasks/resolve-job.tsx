/** Resolves a held job by what an operator found at the upstream. Each choice says what it does to the charge. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { api, dataOf } from '../../api/client.ts';
import { announce } from '../../components/announcer.tsx';
import { Button } from '../../components/button.tsx';
import { TextField } from '../../components/field.tsx';
import { ErrorState } from '../../components/states.tsx';
import { type ManagedTask, tasksKey } from '../../features/jobs/job.ts';
import { format } from '../../format/format.ts';
import { useMessages } from '../../i18n/messages.ts';
import styles from './tasks.module.css';

/** The last one asks for more, below it. */
const findings = ['succeeded', 'failed', 'running'] as const;
type Finding = (typeof findings)[number];

export function ResolveJob({ job }: { readonly job: ManagedTask }) {
  const t = useMessages('tasks');
  const queryClient = useQueryClient();
  const [as, setAs] = useState<Finding>();
  const [upstreamId, setUpstreamId] = useState('');
  const { task_id: id, reserved_quota: reserved } = job;
  const resolve = useMutation({
    mutationFn: (found: Finding) => {
      const named = found === 'running' && { upstream_id: upstreamId.trim() };
      return dataOf(
        api.POST('/api/task/{id}/resolve', { params: { path: { id } }, body: { as: found, ...named } }),
      );
    },
    onSuccess: ({ state }) => {
      announce(t('resolved', { state: t(`state_${state}`) }));
      return queryClient.invalidateQueries({ queryKey: tasksKey });
    },
  });
  const isComplete = as !== undefined && (as !== 'running' || upstreamId.trim() !== '');
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (isComplete && !resolve.isPending) resolve.mutate(as);
  };
  const amount = format.money(reserved);
  return (
    <form className={styles.section} onSubmit={onSubmit}>
      <h3>{t('resolveTitle')}</h3>
      <p>{t('resolveText')}</p>
      <fieldset className={styles.choices}>
        <legend>{t('resolveAs')}</legend>
        {findings.map((each) => (
          <label key={each} className={styles.choice}>
            <input type="radio" name="as" checked={as === each} onChange={() => setAs(each)} />
            <span>
              {t(`as_${each}`)}
              <small>{t(reserved > 0 ? `as_${each}_charge` : `as_${each}_free`, { amount })}</small>
            </span>
          </label>
        ))}
      </fieldset>
      {as === 'running' && (
        <TextField
          label={t('upstreamId')}
          hint={t('upstreamIdHint')}
          value={upstreamId}
          monospace
          spellCheck={false}
          maxLength={512}
          onChange={({ target }) => setUpstreamId(target.value)}
        />
      )}
      {resolve.error && <ErrorState error={resolve.error} />}
      <div>
        <Button type="submit" variant="primary" busy={resolve.isPending} aria-disabled={!isComplete}>
          {t('resolve')}
        </Button>
      </div>
    </form>
  );
}
