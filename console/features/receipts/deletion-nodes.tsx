/** How many nodes of a deletion have confirmed, and each of them. */
import { useMessages } from '../../i18n/messages.ts';
import styles from './deletion.module.css';
import type { DeletionProgress } from './deletion-progress.ts';
import { FollowedNodes } from './followed-nodes.tsx';

export function DeletionNodes({ progress }: { readonly progress: DeletionProgress }) {
  const t = useMessages('receipts');
  const { confirmed, nodes = 0 } = progress;
  // The node that responds is one of them.
  const counts = { confirmed: confirmed.length + 1, nodes: nodes + 1 };
  return (
    <div className={styles.outcome}>
      <p className={styles.counted}>{t('nodesConfirmed', counts)}</p>
      <progress
        className={styles.progress}
        aria-label={t('nodesConfirmedLabel')}
        value={counts.confirmed}
        max={counts.nodes}
      />
      <FollowedNodes progress={progress} />
    </div>
  );
}
