/** Sends a small request through a channel for each of its models, and shows how each went. */
import { useMutation } from '@tanstack/react-query';
import { Play, Square } from 'lucide-react';
import { useRef, useState } from 'react';
import { ApiError } from '../../api/api-error.ts';
import { api, dataOf } from '../../api/client.ts';
import { announce } from '../../components/announcer.tsx';
import { Button } from '../../components/button.tsx';
import { Duration } from '../../components/numbers.tsx';
import { Stack } from '../../components/stack.tsx';
import { ErrorState } from '../../components/states.tsx';
import { Status } from '../../components/status.tsx';
import { useMessages } from '../../i18n/messages.ts';
import type { Channel } from './channel-queries.ts';
import styles from './channels.module.css';

/** `running`, or how it went. */
type Result = 'running' | { readonly ok: boolean; readonly ms: number; readonly message: string };

/** More are shown on demand. */
const shownAtFirst = 8;
const millisecondsPerSecond = 1000;

interface Test {
  readonly id: number;
  readonly model: string;
  readonly signal: AbortSignal;
}

/** @throws ApiError when the gateway refuses the call; how the upstream failed is a result */
async function testModel({ id, model, signal }: Test): Promise<Exclude<Result, 'running'>> {
  const params = { path: { id }, query: { model } };
  const outcome = await api.GET('/api/channel/test/{id}', { signal, params });
  const { data, response } = outcome;
  if (!response.ok || !data || !('time' in data)) {
    await dataOf(Promise.resolve(outcome));
    return { ok: false, ms: 0, message: '' };
  }
  return { ok: data.success, ms: Math.round(data.time * millisecondsPerSecond), message: data.message };
}

export function ChannelTests({ channel }: { readonly channel: Channel }) {
  const t = useMessages('channels');
  const { id, models } = channel;
  const [results, setResults] = useState<ReadonlyMap<string, Result>>(new Map());
  const [isRunning, setRunning] = useState(false);
  const [showsAll, setShowsAll] = useState(false);
  const stop = useRef<AbortController>(undefined);

  const { mutateAsync, error } = useMutation({ mutationFn: testModel });
  const note = (model: string, result: Result | undefined) =>
    setResults((old) => {
      const next = new Map(old);
      if (result) next.set(model, result);
      else next.delete(model);
      return next;
    });

  const run = async (wanted: readonly string[]) => {
    const controller = new AbortController();
    const { signal } = controller;
    stop.current = controller;
    setRunning(true);
    for (const model of wanted) {
      if (signal.aborted) break;
      note(model, 'running');
      const result = await mutateAsync({ id, model, signal }).catch(() => undefined);
      note(model, result);
      if (!result) break;
      announce(t(result.ok ? 'testOk' : 'testFailed', { model }));
    }
    setRunning(false);
  };

  const shown = showsAll ? models : models.slice(0, shownAtFirst);
  return (
    <section>
      <Stack gap="sm">
        <div className={styles.sectionHead}>
          <h3>{t('test')}</h3>
          {isRunning ? (
            <Button size="sm" icon={<Square />} onClick={() => stop.current?.abort()}>
              {t('stop')}
            </Button>
          ) : (
            <Button size="sm" icon={<Play />} onClick={() => void run(models)}>
              {t('testAll', { count: models.length })}
            </Button>
          )}
        </div>
        <p className={styles.note}>{t('testHint')}</p>
        {error instanceof ApiError && <ErrorState error={error} />}
        <ul className={styles.tests}>
          {shown.map((model) => (
            <li key={model}>
              <code>
                <bdi>{model}</bdi>
              </code>
              <TestResult result={results.get(model)} />
              <Button
                size="sm"
                variant="ghost"
                disabled={isRunning}
                aria-label={t('testModel', { model })}
                onClick={() => void run([model])}
              >
                {t('testOne')}
              </Button>
            </li>
          ))}
        </ul>
        {shown.length < models.length && (
          <Button size="sm" variant="ghost" onClick={() => setShowsAll(true)}>
            {t('showAllModels', { count: models.length })}
          </Button>
        )}
      </Stack>
    </section>
  );
}

function TestResult({ result }: { readonly result: Result | undefined }) {
  const t = useMessages('channels');
  if (result === undefined) return <span />;
  if (result === 'running') return <span className={styles.note}>{t('testing')}</span>;
  return (
    <span className={styles.result}>
      <Status tone={result.ok ? 'ok' : 'danger'}>{t(result.ok ? 'answered' : 'failed')}</Status>
      <Duration ms={result.ms} />
      {!result.ok && <bdi className={styles.message}>{result.message}</bdi>}
    </span>
  );
}
