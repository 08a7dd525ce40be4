/** What a model has sent so far: its reasoning, text and images, or what went wrong. */
import { lazy, Suspense } from 'react';
import { Callout } from '../../components/callout.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { isCostlyMarkdown } from './markdown-cost.ts';
import styles from './run-output.module.css';
import { isRunning, type ModelRun } from './use-model-run.ts';

const ModelMarkdown = lazy(async () => ({ default: (await import('./markdown.tsx')).ModelMarkdown }));

export function RunOutput({ run }: { readonly run: ModelRun }) {
  const t = useMessages('playground');
  const { text, reasoning, images, phase } = run;
  const running = isRunning(run);
  const plain = (
    <p className={styles.plain} dir="auto">
      {text}
    </p>
  );
  return (
    <div className={styles.output} aria-busy={running}>
      {phase === 'waiting' && (
        <p className={styles.muted}>
          <span className={styles.cursor} aria-hidden="true" /> {t('waiting')}
        </p>
      )}
      {reasoning !== '' && (
        <details className={styles.reasoning}>
          <summary>{t('reasoning')}</summary>
          <p dir="auto">{reasoning}</p>
        </details>
      )}
      {text !== '' &&
        (isCostlyMarkdown(text, running) ? (
          plain
        ) : (
          <Suspense fallback={plain}>
            <ModelMarkdown text={text} />
          </Suspense>
        ))}
      {images.map((source) => (
        <img key={source} src={source} alt={t('imageOfModel')} className={styles.image} />
      ))}
      {phase === 'streaming' && <span className={styles.cursor} aria-hidden="true" />}
      {phase === 'done' && text === '' && images.length === 0 && (
        <p className={styles.muted}>{t('noText')}</p>
      )}
      {phase === 'stopped' && <p className={styles.muted}>{t('stopped')}</p>}
      {phase === 'failed' && <Failure run={run} />}
    </div>
  );
}

function Failure({ run: { error, status, requestId, text } }: { readonly run: ModelRun }) {
  const t = useMessages('playground');
  const title = text === '' ? t('failed', { status }) : t('brokeOff');
  return (
    <Callout tone="danger" title={title}>
      <bdi>{error === '' ? t('connectionLost') : error.replace(` (request id: ${requestId})`, '')}</bdi>
      {requestId !== '' && (
        <span className={styles.muted}>
          {t('requestId')} <code>{requestId}</code>
        </span>
      )}
    </Callout>
  );
}
