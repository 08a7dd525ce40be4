/** The columns of the requests. */
import { Link } from '@tanstack/react-router';
import { Duration, Money } from '../../components/numbers.tsx';
import type { Column } from '../../components/table/column.ts';
import { DateTime } from '../../components/time.tsx';
import { UsedIn, UsedOut } from '../../features/used/used.tsx';
import type { Translate } from '../../i18n/messages.ts';
import type { LogRecord } from './log-queries.ts';
import styles from './logs.module.css';
import { RequestStatus } from './request-status.tsx';

export const hiddenAtFirst = ['group', 'requestId'] as const;

/** @param isForAll whether the requests of all accounts are shown */
export function logColumns(t: Translate<'logs'>, isForAll: boolean): readonly Column<LogRecord>[] {
  const ofAll: readonly Column<LogRecord>[] = [
    { id: 'user', header: t('account'), isHideable: true, cell: ({ username }) => <Name text={username} /> },
    {
      id: 'channel',
      header: t('channel'),
      isHideable: true,
      cell: ({ channel_name: name, channel }) => <Name text={name || (channel > 0 ? `#${channel}` : '')} />,
    },
  ];
  return [
    { id: 'time', header: t('time'), cell: (record) => <OpenLink record={record} /> },
    { id: 'status', header: t('status'), cell: (record) => <RequestStatus record={record} t={t} /> },
    ...(isForAll ? ofAll : []),
    {
      id: 'key',
      header: t('key'),
      isHideable: true,
      cell: ({ token_name: name, token_id: id }) => <Name text={name || (id > 0 ? `#${id}` : '')} />,
    },
    {
      id: 'model',
      header: t('model'),
      cell: ({ model_name: model }) => <Name text={model} />,
    },
    {
      id: 'input',
      header: t('tokensIn'),
      align: 'end',
      isHideable: true,
      cell: (record) => (isRequest(record.type) ? <UsedIn record={record} /> : null),
    },
    {
      id: 'output',
      header: t('tokensOut'),
      align: 'end',
      isHideable: true,
      cell: (record) => (isRequest(record.type) ? <UsedOut record={record} /> : null),
    },
    { id: 'cost', header: t('cost'), align: 'end', cell: ({ quota }) => <Money units={quota} /> },
    {
      id: 'firstByte',
      header: t('firstByte'),
      align: 'end',
      isHideable: true,
      cell: ({ first_byte_ms: ms }) => (ms < 0 ? null : <Duration ms={ms} />),
    },
    {
      id: 'duration',
      header: t('duration'),
      align: 'end',
      isHideable: true,
      cell: ({ type, total_ms: ms }) => (isRequest(type) ? <Duration ms={ms} /> : null),
    },
    { id: 'group', header: t('group'), isHideable: true, cell: ({ group }) => <bdi>{group}</bdi> },
    {
      id: 'requestId',
      header: t('requestId'),
      isHideable: true,
      cell: ({ request_id: id }) => <code className={styles.id}>{id}</code>,
    },
  ];
}

/** Of consumption, or of an error. */
const isRequest = (type: number): boolean => type === 2 || type === 5;

/** Longer names wrap. */
const shortMax = 22;

function Name({ text }: { readonly text: string }) {
  return <bdi className={text.length <= shortMax ? styles.short : styles.name}>{text}</bdi>;
}

/** A link that covers its row. */
function OpenLink({ record }: { readonly record: LogRecord }) {
  return (
    <Link
      from="/log"
      to="/log"
      search={(old) => ({ ...old, request: record.request_id })}
      replace={false}
      resetScroll={false}
      className={styles.rowLink}
      data-row={record.request_id}
    >
      <DateTime at={record.created_at} />
    </Link>
  );
}
