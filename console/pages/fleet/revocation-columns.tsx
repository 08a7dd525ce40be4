/** The columns of the table of the last changes of rights. */
import { Count, Duration } from '../../components/numbers.tsx';
import { Status } from '../../components/status.tsx';
import type { Column } from '../../components/table/column.ts';
import { DateTime } from '../../components/time.tsx';
import type { MessageOf, Translate } from '../../i18n/messages.ts';
import type { Revocation } from './queries.ts';

const actions: Readonly<Record<Revocation['action'], MessageOf<'fleet'>>> = {
  key_changed: 'keyChanged',
  keys_deleted: 'keysDeleted',
  account_changed: 'accountChanged',
  account_deleted: 'accountDeleted',
  credentials_revoked: 'credentialsRevoked',
  balance_changed: 'balanceChanged',
};

const msPerSecond = 1000;

export function revocationColumns(t: Translate<'fleet'>): readonly Column<Revocation>[] {
  return [
    {
      id: 'time',
      header: t('time'),
      cell: ({ committed_ms: at }) => <DateTime at={at / msPerSecond} />,
    },
    {
      id: 'action',
      header: t('change'),
      cell: ({ action, subjects }) => t(actions[action], { count: subjects }),
    },
    {
      id: 'confirmed',
      header: t('confirmed'),
      cell: ({ confirmed, nodes, silent }) =>
        confirmed ? (
          <Status tone={silent > 0 ? 'warn' : 'ok'}>
            {nodes === 0
              ? t('confirmedAlone')
              : t(silent > 0 ? 'confirmedSilent' : 'confirmedAll', { count: nodes - silent, silent })}
          </Status>
        ) : (
          <Status tone="danger">{t('unconfirmed')}</Status>
        ),
    },
    {
      id: 'nodes',
      header: t('otherNodes'),
      align: 'end',
      cell: ({ nodes }) => <Count value={nodes} />,
    },
    {
      id: 'took',
      header: t('took'),
      align: 'end',
      cell: ({ confirmed, took_ms: took }) => confirmed && <Duration ms={took} />,
    },
  ];
}
