/** What a finished request used: times, speed, tokens and cost. */
import { useQuery } from '@tanstack/react-query';
import { Count, Duration, Money } from '../../components/numbers.tsx';
import { format } from '../../format/format.ts';
import { useMessages } from '../../i18n/messages.ts';
import { hasPieces, UsedInAll } from '../used/used.tsx';
import { recordQuery } from './record-query.ts';
import styles from './run-facts.module.css';
import { isRunning, type ModelRun } from './use-model-run.ts';

/** Seconds. Over less, the speed of a stream says nothing. */
const shortestMeasured = 0.2;

export function RunFacts({ run }: { readonly run: ModelRun }) {
  const t = useMessages('playground');
  const u = useMessages('used');
  const { requestId, firstTextMs, totalMs } = run;
  const isOver = !isRunning(run) && run.phase !== 'idle';
  const { data: record } = useQuery(recordQuery(isOver ? requestId : ''));
  const seconds = ((totalMs ?? 0) - (firstTextMs ?? 0)) / 1000;
  const tokens = record?.completion_tokens ?? 0;
  const speed = tokens > 0 && seconds >= shortestMeasured ? tokens / seconds : undefined;
  return (
    <dl className={styles.facts}>
      {firstTextMs !== undefined && (
        <div>
          <dt>{t('firstText')}</dt>
          <dd>
            <Duration ms={Math.round(firstTextMs)} />
          </dd>
        </div>
      )}
      {totalMs !== undefined && (
        <div>
          <dt>{t('total')}</dt>
          <dd>
            <Duration ms={Math.round(totalMs)} />
          </dd>
        </div>
      )}
      {speed !== undefined && run.eventCount > 1 && (
        <div>
          <dt>{t('speed')}</dt>
          <dd>{t('tokensPerSecond', { speed: format.count(Math.round(speed)) })}</dd>
        </div>
      )}
      {record && (
        <>
          {record.prompt_tokens + record.completion_tokens === 0 && hasPieces(record) ? (
            <div>
              <dt>{u('used')}</dt>
              <dd>
                <UsedInAll record={record} />
              </dd>
            </div>
          ) : (
            <>
              <div>
                <dt>{t('tokensIn')}</dt>
                <dd>
                  <Count value={record.prompt_tokens} />
                </dd>
              </div>
              <div>
                <dt>{t('tokensOut')}</dt>
                <dd>
                  <Count value={record.completion_tokens} />
                </dd>
              </div>
            </>
          )}
          <div>
            <dt>{t('cost')}</dt>
            <dd>
              <Money units={record.quota} />
            </dd>
          </div>
        </>
      )}
    </dl>
  );
}
