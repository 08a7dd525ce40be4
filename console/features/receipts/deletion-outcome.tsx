/** The end of a deletion: dead on every node, since when, and the last request that was admitted. */
import { Link } from '@tanstack/react-router';
import { Status } from '../../components/status.tsx';
import { Moment } from '../../components/time.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { DeathHeadline } from './death-headline.tsx';
import styles from './deletion.module.css';
import type { DeletionProgress, DoneEvent } from './deletion-progress.ts';
import { FollowedNodes } from './followed-nodes.tsx';
import { NodeList } from './node-list.tsx';
import { deathMs } from './receipt.ts';
import { ReceiptFacts } from './receipt-facts.tsx';
import { wayTones } from './way-tones.ts';

interface DeletionOutcomeProps {
  readonly done: DoneEvent;
  readonly progress: DeletionProgress;
}

export function DeletionOutcome({ done, progress }: DeletionOutcomeProps) {
  const t = useMessages('receipts');
  const { receipt: signed, receipt_ids: receiptIds } = done;
  if (!signed) {
    return (
      <div className={styles.outcome}>
        <DeathHeadline tookMs={done.waited_ms} atMs={done.at_ms} />
        <FollowedNodes progress={progress} />
        <p>
          <Link to="/receipt">{t('seeReceipts', { count: receiptIds.length })}</Link>
        </p>
      </div>
    );
  }
  const { receipt } = signed;
  return (
    <div className={styles.outcome}>
      <DeathHeadline tookMs={deathMs(receipt)} atMs={receipt.confirmed_at_ms ?? done.at_ms} />
      <ReceiptFacts receipt={receipt} isShort />
      <NodeList
        nodes={receipt.nodes.map(({ node_id, name, way, confirmed_at_ms }) => ({
          id: node_id || name,
          name,
          status: <Status tone={wayTones[way]}>{t(`way_${way}`)}</Status>,
          note: <Moment ms={confirmed_at_ms} />,
        }))}
      />
      <p>
        <Link to="/receipt/$id" params={{ id: String(receipt.id) }}>
          {t('openReceipt', { id: String(receipt.id) })}
        </Link>
      </p>
    </div>
  );
}
