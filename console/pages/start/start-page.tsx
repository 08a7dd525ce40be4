/** The first steps with a new gateway: a request to the demo, an upstream, a key. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Suspense, useState } from 'react';
import { useIsAdministrator } from '../../api/session.ts';
import { Button, ButtonLink } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { Page } from '../../components/page.tsx';
import { Stack } from '../../components/stack.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import {
  areDone,
  dismissFirstSteps,
  type FirstSteps,
  firstStepsQuery,
} from '../../features/first-steps/use-first-steps.ts';
import { LazyKeySnippets } from '../../features/snippets/lazy.ts';
import { LazyTestKey } from '../../features/test-key/lazy.ts';
import { useMessages } from '../../i18n/messages.ts';
import { DemoStep } from './demo-step.tsx';
import styles from './start.module.css';
import { Step } from './step.tsx';

export function StartPage() {
  const t = useMessages('start');
  const navigate = useNavigate();
  const { data, error, refetch } = useQuery(firstStepsQuery(useIsAdministrator()));
  const leave = () => {
    dismissFirstSteps();
    void navigate({ to: '/' });
  };
  return (
    <Page
      title={t('title')}
      description={t('description')}
      width="narrow"
      actions={
        <Button variant="ghost" onClick={leave}>
          {t('dismiss')}
        </Button>
      }
    >
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data && areDone(data) && (
        <Callout
          tone="ok"
          title={t('doneTitle')}
          actions={<Button onClick={leave}>{t('toOverview')}</Button>}
        >
          {t('doneText')}
        </Callout>
      )}
      {data ? <Steps steps={data} /> : !error && <Skeleton height={24} />}
    </Page>
  );
}

function Steps({ steps }: { readonly steps: FirstSteps }) {
  const t = useMessages('start');
  const { hasUpstream, hasKey, usableKeyId } = steps;
  const [model, setModel] = useState<string>();
  return (
    <ol className={styles.steps}>
      <DemoStep steps={steps} />
      {hasUpstream !== undefined && (
        <Step number={2} title={t('upstreamTitle')} isDone={hasUpstream}>
          <p>{t('upstreamText')}</p>
          <div>
            <ButtonLink
              to="/channel"
              search={hasUpstream ? {} : { create: true }}
              variant={hasUpstream ? 'secondary' : 'primary'}
            >
              {t(hasUpstream ? 'toChannels' : 'connectUpstream')}
            </ButtonLink>
          </div>
        </Step>
      )}
      <Step number={hasUpstream === undefined ? 2 : 3} title={t('keyTitle')} isDone={hasKey}>
        <p>{t('keyText')}</p>
        <div>
          <ButtonLink
            to="/token"
            search={hasKey ? {} : { create: true }}
            variant={hasKey ? 'secondary' : 'primary'}
          >
            {t(hasKey ? 'toKeys' : 'makeKey')}
          </ButtonLink>
        </div>
        {hasKey && usableKeyId !== undefined && (
          <Stack gap="sm">
            <p>{t('snippetsText')}</p>
            <Suspense fallback={<Skeleton height={18} />}>
              <LazyKeySnippets keyId={usableKeyId} model={model} />
              <LazyTestKey keyId={usableKeyId} model={model} onModel={setModel} />
            </Suspense>
          </Stack>
        )}
      </Step>
    </ol>
  );
}
