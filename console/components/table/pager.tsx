/** Moves between the pages of a list. */
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { format } from '../../format/format.ts';
import { useMessages } from '../../i18n/messages.ts';
import { Button } from '../button.tsx';
import styles from './pager.module.css';

interface PagerProps {
  /** From 1. */
  readonly page: number;
  readonly pageSize: number;
  readonly total: number;
  /** Whether there may be more than `total`: the server stops counting there. */
  readonly isLowerBound?: boolean;
  readonly onPage: (page: number) => void;
}

export function Pager({ page, pageSize, total, isLowerBound = false, onPage }: PagerProps) {
  const t = useMessages('common');
  const pages = Math.max(1, Math.ceil(total / pageSize));
  const from = total === 0 ? 0 : (page - 1) * pageSize + 1;
  const to = Math.min(total, page * pageSize);
  const range = { from: format.count(from), to: format.count(to), total: format.count(total) };
  return (
    <nav className={styles.pager} aria-label={t('pages')}>
      <span className={styles.range}>{t(isLowerBound ? 'rangeOfMore' : 'rangeOf', range)}</span>
      <Button size="sm" icon={<ChevronLeft />} disabled={page <= 1} onClick={() => onPage(page - 1)}>
        {t('previousPage')}
      </Button>
      <Button size="sm" disabled={page >= pages} onClick={() => onPage(page + 1)}>
        {t('nextPage')}
        <ChevronRight aria-hidden="true" />
      </Button>
    </nav>
  );
}

interface KeysetPagerProps {
  readonly hasNewer: boolean;
  readonly hasOlder: boolean;
  readonly onNewest: () => void;
  readonly onOlder: () => void;
}

/** Moves through a list that is too long to count: to older entries, and back to the newest. */
export function KeysetPager({ hasNewer, hasOlder, onNewest, onOlder }: KeysetPagerProps) {
  const t = useMessages('common');
  return (
    <nav className={styles.pager} aria-label={t('pages')}>
      <Button size="sm" icon={<ChevronLeft />} disabled={!hasNewer} onClick={onNewest}>
        {t('newest')}
      </Button>
      <Button size="sm" disabled={!hasOlder} onClick={onOlder}>
        {t('older')}
        <ChevronRight aria-hidden="true" />
      </Button>
    </nav>
  );
}
