/** The numbers of a request that people look for first. */
import type { ReactNode } from 'react';
import { Compact, Duration, Money } from '../../components/numbers.tsx';
import { hasPieces, UsedInAll } from '../../features/used/used.tsx';
import { format } from '../../format/format.ts';
import { useMessages } from '../../i18n/messages.ts';
import type { LogDetail } from './log-queries.ts';
import styles from './logs.module.css';

/** Milliseconds. Over less, the speed of a stream says nothing. */
const shortestMeasured = 200;

export function RequestFigures({ detail: { record } }: { readonly detail: LogDetail }) {
  const t = useMessages('logs');
  const u = useMessages('used');
  const { total_ms: total, first_byte_ms: first, prompt_tokens: input, completion_tokens: output } = record;
  const streamed = first < 0 ? 0 : total - first;
  const speed =
    streamed >= shortestMeasured && output > 1 ? Math.round((output / streamed) * 1000) : undefined;
  const figures: readonly (readonly [string, ReactNode])[] = [
    [t('cost'), <Money key="cost" units={record.quota} />],
    [t('duration'), <Duration key="duration" ms={total} />],
    ...(first < 0 ? [] : [[t('firstByte'), <Duration key="first" ms={first} />] as const]),
    input + output === 0 && hasPieces(record)
      ? [u('used'), <UsedInAll key="used" record={record} />]
      : [
          t('tokensInOut'),
          <span key="tokens">
            <Compact value={input} /> → <Compact value={output} />
          </span>,
        ],
    ...(speed === undefined
      ? []
      : [[t('speed'), t('tokensPerSecond', { speed: format.count(speed) })] as const]),
  ];
  return (
    <dl className={styles.figures}>
      {figures.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
