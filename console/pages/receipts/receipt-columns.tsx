/** The columns of the list of receipts. */
import { Link } from '@tanstack/react-router';
import { CircleDashed, ShieldAlert, ShieldCheck } from 'lucide-react';
import { Duration } from '../../components/numbers.tsx';
import { Status } from '../../components/status.tsx';
import type { Column } from '../../components/table/column.ts';
import { RelativeTime } from '../../components/time.tsx';
import {
  deathMs,
  endedOf,
  type ReceiptDocument,
  type SignedReceipt,
} from '../../features/receipts/receipt.ts';
import { format } from '../../format/format.ts';
import type { Translate } from '../../i18n/messages.ts';

/** @param withAccount whether keys of several accounts are listed */
export function receiptColumns(
  t: Translate<'receipts'>,
  withAccount: boolean,
): readonly Column<SignedReceipt>[] {
  const account: Column<SignedReceipt> = {
    id: 'account',
    header: t('account'),
    align: 'end',
    cell: ({ receipt }) => receipt.account_id,
  };
  return [
    {
      id: 'key',
      header: t('key'),
      cell: ({ receipt }) => (
        <Link to="/receipt/$id" params={{ id: String(receipt.id) }}>
          <bdi>{receipt.key.name || `#${receipt.key.id}`}</bdi>
        </Link>
      ),
    },
    { id: 'value', header: t('value'), cell: ({ receipt }) => <code>{receipt.key.hint}</code> },
    { id: 'state', header: t('state'), cell: ({ receipt }) => <ReceiptState state={receipt.state} t={t} /> },
    {
      id: 'deleted',
      header: t('deleted'),
      cell: ({ receipt }) => <RelativeTime at={Math.floor(receipt.recorded_at_ms / 1000)} />,
    },
    {
      id: 'took',
      header: t('took'),
      align: 'end',
      cell: ({ receipt }) => {
        const ms = deathMs(receipt);
        return ms === undefined ? t('notKnown') : <Duration ms={ms} />;
      },
    },
    {
      id: 'nodes',
      header: t('nodesTitle'),
      align: 'end',
      cell: ({ receipt }) => format.count(receipt.nodes.length),
    },
    {
      id: 'ended',
      header: t('ended'),
      align: 'end',
      cell: ({ receipt }) => format.count(endedOf(receipt.nodes).count),
    },
    {
      id: 'by',
      header: t('requestedBy'),
      cell: ({ receipt: { requested_by: by } }) =>
        by.account_name === '' ? t(`credential_${by.credential}`) : <bdi>{by.account_name}</bdi>,
    },
    ...(withAccount ? [account] : []),
  ];
}

const looks = {
  complete: { tone: 'ok', icon: ShieldCheck },
  partial: { tone: 'warn', icon: ShieldAlert },
  open: { tone: 'neutral', icon: CircleDashed },
} as const;

function ReceiptState({
  state,
  t,
}: {
  readonly state: ReceiptDocument['state'];
  readonly t: Translate<'receipts'>;
}) {
  const { tone, icon } = looks[state];
  return (
    <Status tone={tone} icon={icon}>
      {t(`state_${state}`)}
    </Status>
  );
}
