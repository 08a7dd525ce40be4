/** The events of a stream, or a whole response, as they came. */
import { useState } from 'react';
import { CopyButton } from '../../components/copy-button.tsx';
import type { ModelRun } from '../../features/model-request/use-model-run.ts';
import { format } from '../../format/format.ts';
import { useMessages } from '../../i18n/messages.ts';
import styles from './playground.module.css';

interface RawEventsProps {
  readonly run: Pick<ModelRun, 'events' | 'eventCount'>;
  readonly model: string;
}

export function RawEvents({ run: { events, eventCount }, model }: RawEventsProps) {
  const t = useMessages('playground');
  const [isOpen, setOpen] = useState(false);
  return (
    <details className={styles.raw} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t('rawEvents', { count: eventCount })}</summary>
      {isOpen && (
        <div className={styles.rawFrame}>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: long lines scroll, so the block must take the focus. */}
          <section className={styles.rawList} tabIndex={0} aria-label={t('rawOf', { model })}>
            <ol>
              {events.map(({ atMs, data }, index) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: events are only ever added at the end.
                <li key={index}>
                  <span className={styles.rawTime}>{format.duration(Math.round(atMs))}</span>
                  <code>{data}</code>
                </li>
              ))}
            </ol>
          </section>
          <span className={styles.rawCopy}>
            <CopyButton text={events.map(({ data }) => data).join('\n')} label={t('copyRaw')} size="sm" />
          </span>
        </div>
      )}
      {isOpen && events.length < eventCount && (
        <p className={styles.muted}>{t('rawEventsMore', { shown: events.length, count: eventCount })}</p>
      )}
    </details>
  );
}
