/** The nodes of a deletion as they confirm, and the countdown of those that are silent. */
import { Hourglass } from 'lucide-react';
import { Status } from '../../components/status.tsx';
import { Moment } from '../../components/time.tsx';
import { format } from '../../format/format.ts';
import { useMessages } from '../../i18n/messages.ts';
import type { DeletionProgress } from './deletion-progress.ts';
import { type ListedNode, NodeList } from './node-list.tsx';
import { wayTones } from './way-tones.ts';

export function FollowedNodes({ progress }: { readonly progress: DeletionProgress }) {
  const t = useMessages('receipts');
  const { confirmed, silent, leaseLeftMs } = progress;
  const waiting = (
    <Status tone="neutral" icon={Hourglass}>
      {t('waiting')}
    </Status>
  );
  const listed: readonly ListedNode[] = [
    { id: '', name: t('thisNode'), status: <Status tone="ok">{t('way_made')}</Status> },
    ...confirmed.map(({ node_id: id, name, way, at_ms }) => ({
      id,
      name,
      status: <Status tone={wayTones[way]}>{t(`way_${way}`)}</Status>,
      note: <Moment ms={at_ms} />,
    })),
    ...silent.map((name) => ({
      id: `silent ${name}`,
      name,
      status: waiting,
      note: leaseLeftMs === undefined ? undefined : t('leaseLeft', { time: format.duration(leaseLeftMs) }),
    })),
  ];
  return <NodeList nodes={listed} />;
}
