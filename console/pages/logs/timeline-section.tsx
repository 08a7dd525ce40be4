/** When each phase of the request happened, and what each upstream that was tried did. */
import { Link } from '@tanstack/react-router';
import { Fragment } from 'react';
import { Duration } from '../../components/numbers.tsx';
import { Status } from '../../components/status.tsx';
import { VisuallyHidden } from '../../components/visually-hidden.tsx';
import { useMessages } from '../../i18n/messages.ts';
import type { LogDetail } from './log-queries.ts';
import styles from './timeline.module.css';
import { endOf, type Phase, phasesOf } from './timeline.ts';

const looks: Readonly<Partial<Record<Phase['label'], string | undefined>>> = {
  phaseConnect: styles.connect,
  phaseWait: styles.wait,
  phaseStream: styles.stream,
};

export function TimelineSection({ detail }: { readonly detail: LogDetail }) {
  const t = useMessages('logs');
  const phases = phasesOf(detail);
  if (phases.length === 0) return null;
  const end = endOf(phases);
  const before = phases.filter(({ attempt, label }) => attempt === 0 && label !== 'phaseSettle');
  const after = phases.filter(({ label }) => label === 'phaseSettle');
  return (
    <section className={styles.section}>
      <h3>{t('timeline')}</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls sideways, so its frame must take the focus. */}
      <section className={styles.frame} tabIndex={0} aria-label={t('timeline')}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">{t('phase')}</th>
              <th scope="col" className={styles.track}>
                <VisuallyHidden>{t('bar')}</VisuallyHidden>
              </th>
              <th scope="col" data-align="end" className={styles.wideOnly}>
                {t('begins')}
              </th>
              <th scope="col" data-align="end">
                {t('takes')}
              </th>
            </tr>
          </thead>
          <tbody>
            <Phases phases={before} end={end} />
            {detail.tries.map((made, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a try is known by its place; the list never changes.
              <Fragment key={index}>
                <TryRow made={made} number={index + 1} isLast={index === detail.tries.length - 1} />
                <Phases phases={phases.filter(({ attempt }) => attempt === index + 1)} end={end} />
              </Fragment>
            ))}
            <Phases phases={after} end={end} />
          </tbody>
          <tfoot>
            <tr>
              <th scope="row" colSpan={2}>
                {t('total')}
              </th>
              <td className={styles.wideOnly} />
              <td data-align="end">
                <Duration ms={detail.record.total_ms} />
              </td>
            </tr>
          </tfoot>
        </table>
      </section>
    </section>
  );
}

function Phases({ phases, end }: { readonly phases: readonly Phase[]; readonly end: number }) {
  const t = useMessages('logs');
  return phases.map(({ id, label, from, to }) => (
    <tr key={id}>
      <th scope="row">{t(label)}</th>
      <td className={styles.track}>
        <span className={styles.lane}>
          <span
            className={`${styles.bar} ${looks[label] ?? styles.gateway}`}
            style={{ insetInlineStart: `${(from / end) * 100}%`, width: `${((to - from) / end) * 100}%` }}
          />
        </span>
      </td>
      <td data-align="end" className={`${styles.muted} ${styles.wideOnly}`}>
        <Duration ms={from} />
      </td>
      <td data-align="end">
        <Duration ms={to - from} />
      </td>
    </tr>
  ));
}

interface TryRowProps {
  readonly made: LogDetail['tries'][number];
  readonly number: number;
  readonly isLast: boolean;
}

/** Which upstream it was, how the try ended, and so why another one followed. */
function TryRow({ made, number, isLast }: TryRowProps) {
  const t = useMessages('logs');
  const { channel_id: id, channel_name: channel, key_number: key, status, result } = made;
  const isOk = result === 'ok';
  return (
    <tr>
      <th scope="row" colSpan={4} className={styles.result}>
        <Status tone={isOk ? 'ok' : isLast ? 'danger' : 'warn'}>{t(`try_${result}`)}</Status>{' '}
        <span className={styles.muted}>
          {channel === '' ? (
            t('tryNumber', { number })
          ) : (
            <Link to="/channel" search={{ open: id }}>
              <bdi>{t('tryAt', { number, channel })}</bdi>
            </Link>
          )}
          {key > 0 && ` · ${t('keyNumber', { number: key })}`}
          {status > 0 && ` · HTTP ${status}`}
        </span>
      </th>
    </tr>
  );
}
