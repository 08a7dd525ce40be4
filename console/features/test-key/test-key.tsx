/**
 * Sends one real request with a key and shows what comes back, without anybody holding the value. Load it through
 * `lazy.ts`.
 */
import { useQuery } from '@tanstack/react-query';
import { Play, Square } from 'lucide-react';
import { Button } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { Select } from '../../components/select.tsx';
import { Inline, Stack } from '../../components/stack.tsx';
import { ErrorState } from '../../components/states.tsx';
import { Status } from '../../components/status.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { keyModelsQuery } from '../key-picker/model-queries.ts';
import { RunFacts } from '../model-request/run-facts.tsx';
import { RunOutput } from '../model-request/run-output.tsx';
import { isRunning } from '../model-request/use-model-run.ts';
import { useKeyTest } from './use-key-test.ts';

interface TestKeyProps {
  readonly keyId: number;
  /** Undefined = the first one that the key may use. */
  readonly model: string | undefined;
  readonly onModel: (model: string) => void;
}

export function TestKey({ keyId, model, onModel }: TestKeyProps) {
  const t = useMessages('playground');
  const models = useQuery(keyModelsQuery(keyId, ''));
  const { run, test, stop } = useKeyTest();
  const ids = models.data?.items.map(({ id }) => id) ?? [];
  const chosen = model ?? ids[0];

  if (models.isError) return <ErrorState error={models.error} onRetry={() => void models.refetch()} />;
  if (models.data && ids.length === 0) {
    return (
      <Callout tone="warn" title={t('noModelsTitle')}>
        {t('noModelsText')}
      </Callout>
    );
  }
  return (
    <Stack gap="sm">
      <Inline>
        {isRunning(run) ? (
          <Button icon={<Square />} onClick={stop}>
            {t('stop')}
          </Button>
        ) : (
          <Button icon={<Play />} onClick={() => void test(keyId, chosen)}>
            {t('testKey')}
          </Button>
        )}
        <Select
          label={t('model')}
          choices={ids.map((id) => ({ value: id, label: id }))}
          value={chosen ?? ''}
          onChange={(event) => onModel(event.target.value)}
        />
        {run.phase === 'done' && <Status tone="ok">{t('testPassed')}</Status>}
      </Inline>
      {run.phase !== 'idle' && (
        <>
          <RunOutput run={run} />
          <RunFacts run={run} />
        </>
      )}
    </Stack>
  );
}
