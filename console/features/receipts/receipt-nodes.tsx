/** Each node of a receipt: how and when it confirmed, what it ended, and its last admission. */
import { Status } from '../../components/status.tsx';
import type { Column } from '../../components/table/column.ts';
import { DataTable } from '../../components/table/data-table.tsx';
import { Moment } from '../../components/time.tsx';
import { format } from '../../format/format.ts';
import { type Translate, useMessages } from '../../i18n/messages.ts';
import type { Admission, ReceiptNode } from './receipt.ts';
import { wayTones } from './way-tones.ts';

export function ReceiptNodes({ nodes }: { readonly nodes: readonly ReceiptNode[] }) {
  const t = useMessages('receipts');
  return (
    <DataTable
      caption={t('nodesTitle')}
      columns={nodeColumns(t)}
      rows={nodes}
      rowId={({ node_id, name }) => node_id || name}
      empty={null}
    />
  );
}

function nodeColumns(t: Translate<'receipts'>): readonly Column<ReceiptNode>[] {
  return [
    { id: 'node', header: t('node'), cell: ({ name }) => <bdi>{name}</bdi> },
    {
      id: 'way',
      header: t('how'),
      cell: ({ way }) => <Status tone={wayTones[way]}>{t(`way_${way}`)}</Status>,
    },
    {
      id: 'at',
      header: t('deadSince'),
      cell: ({ confirmed_at_ms: ms, clock }) => (
        <span title={t(clock === 'own' ? 'clockOwn' : 'clockMaker')}>
          <Moment ms={ms} />
        </span>
      ),
    },
    {
      id: 'ended',
      header: t('ended'),
      align: 'end',
      cell: ({ ended }) => (ended === null ? t('notKnown') : format.count(ended)),
    },
    {
      id: 'last',
      header: t('lastAdmission'),
      cell: ({ last_admission }) => <AdmissionText {...last_admission} t={t} />,
    },
  ];
}

function AdmissionText({ kind, ms, t }: Admission & { readonly t: Translate<'receipts'> }) {
  if (kind === 'at') return <Moment ms={ms} />;
  return (
    <span>
      {t(kind === 'none_since' ? 'noneSince' : 'notAfter')} <Moment ms={ms} />
    </span>
  );
}
