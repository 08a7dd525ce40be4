/** The first step: one click sends a request to the built-in demo and shows the response as it arrives. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Play, RotateCw, Square } from 'lucide-react';
import { api, dataOf } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { ErrorState } from '../../components/states.tsx';
import { demoKeyName, type FirstSteps } from '../../features/first-steps/use-first-steps.ts';
import { RunFacts } from '../../features/model-request/run-facts.tsx';
import { RunOutput } from '../../features/model-request/run-output.tsx';
import { isRunning } from '../../features/model-request/use-model-run.ts';
import { useKeyTest } from '../../features/test-key/use-key-test.ts';
import { useMessages } from '../../i18n/messages.ts';
import styles from './start.module.css';
import { Step } from './step.tsx';

/** 0.10 USD: enough to try it, too little to matter. */
const demoQuotaUnits = 50_000;

export function DemoStep({ steps: { hasRequest, usableKeyId } }: { readonly steps: FirstSteps }) {
  const t = useMessages('start');
  const queryClient = useQueryClient();
  const { run, test, stop } = useKeyTest();
  const send = useMutation({
    mutationFn: async () => {
      const keyId = usableKeyId ?? (await makeDemoKey());
      return test(keyId);
    },
    onSettled: () => queryClient.invalidateQueries({ queryKey: ['first-steps'] }),
  });
  const isSending = send.isPending && !isRunning(run);
  return (
    <Step number={1} title={t('demoTitle')} isDone={hasRequest}>
      <p>{t(usableKeyId === undefined && !send.isPending ? 'demoTextWithoutKey' : 'demoText')}</p>
      <div>
        {isRunning(run) ? (
          <Button icon={<Square />} onClick={stop}>
            {t('stop')}
          </Button>
        ) : (
          <Button
            variant={hasRequest ? 'secondary' : 'primary'}
            icon={hasRequest ? <RotateCw /> : <Play />}
            busy={isSending}
            onClick={() => send.mutate()}
          >
            {t(hasRequest ? 'sendAgain' : 'sendDemo')}
          </Button>
        )}
      </div>
      {send.isError && <ErrorState error={send.error} />}
      {run.phase !== 'idle' && (
        <div className={styles.response}>
          <RunOutput run={run} />
          <RunFacts run={run} />
        </div>
      )}
    </Step>
  );
}

async function makeDemoKey(): Promise<number> {
  const body = { name: demoKeyName, unlimited_quota: false, remain_quota: demoQuotaUnits };
  return (await dataOf(api.POST('/api/token', { body }))).id;
}
