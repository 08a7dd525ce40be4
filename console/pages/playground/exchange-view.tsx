/** A question with its response, what it used, and its raw events. */
import { RunOutput } from '../../features/model-request/run-output.tsx';
import { useMessages } from '../../i18n/messages.ts';
import styles from './playground.module.css';
import { RawEvents } from './raw-events.tsx';
import { RunFoot } from './run-foot.tsx';
import type { Exchange } from './use-conversation.ts';

export function ExchangeView({ exchange: { prompt, model, run } }: { readonly exchange: Exchange }) {
  const t = useMessages('playground');
  return (
    <article className={styles.exchange}>
      <div className={styles.prompt}>
        <h2 className={styles.speaker}>{t('you')}</h2>
        <p dir="auto">{prompt}</p>
      </div>
      <h2 className={styles.speaker}>
        <bdi>{model}</bdi>
      </h2>
      <RunOutput run={run} />
      <RunFoot run={run} />
      {run.eventCount > 0 && <RawEvents run={run} model={model} />}
    </article>
  );
}
