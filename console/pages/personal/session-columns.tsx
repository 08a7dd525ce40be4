/** The columns of the table of sessions. */
import { Button } from '../../components/button.tsx';
import { Status } from '../../components/status.tsx';
import type { Column } from '../../components/table/column.ts';
import { RelativeTime } from '../../components/time.tsx';
import type { Translate } from '../../i18n/messages.ts';
import styles from './session-columns.module.css';
import type { Session } from './sessions-query.ts';

/** @param ending the id of the session that is being ended */
export function sessionColumns(
  t: Translate<'personal'>,
  ending: string | undefined,
  onEnd: (id: string) => void,
): readonly Column<Session>[] {
  return [
    {
      id: 'client',
      header: t('sessionClient'),
      cell: (session) => (
        <div className={styles.client}>
          <bdi title={session.user_agent}>{clientOf(t, session)}</bdi>
          {session.current && <Status tone="ok">{t('sessionCurrent')}</Status>}
          <span className={styles.origin}>
            <bdi>{session.address || t('unknown')}</bdi>
            <span>
              {t('sessionCreated')} <RelativeTime at={session.created_time} />
            </span>
          </span>
        </div>
      ),
    },
    {
      id: 'used',
      header: t('sessionUsed'),
      cell: ({ last_used_time: at }) => <RelativeTime at={at} />,
    },
    {
      id: 'end',
      header: t('sessionAction'),
      align: 'end',
      cell: (session) =>
        !session.current && (
          <Button
            size="sm"
            busy={ending === session.id}
            aria-label={t('sessionEndOf', { client: clientOf(t, session) })}
            onClick={() => onEnd(session.id)}
          >
            {t('sessionEnd')}
          </Button>
        ),
    },
  ];
}

function clientOf(t: Translate<'personal'>, { browser, system, user_agent: header }: Session): string {
  if (browser !== '' && system !== '') return t('browserOnSystem', { browser, system });
  return browser || system || header || t('unknownBrowser');
}
