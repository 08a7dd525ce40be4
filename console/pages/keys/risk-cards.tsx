/** Four counts of keys worth a second look. Each opens its filtered list. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CalendarOff, CircleDollarSign, MoonStar, Trash2 } from 'lucide-react';
import { Count } from '../../components/numbers.tsx';
import { Skeleton } from '../../components/states.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { countsQuery } from './keys-query.ts';
import styles from './risk-cards.module.css';
import type { KeysSearch } from './route.ts';

const cards = [
  { risk: 'no_limit', title: 'riskNoLimit', text: 'riskNoLimitText', icon: CircleDollarSign },
  { risk: 'never_expires', title: 'riskNeverExpires', text: 'riskNeverExpiresText', icon: CalendarOff },
  { risk: 'idle', title: 'riskIdle', text: 'riskIdleText', icon: MoonStar },
  { risk: 'removable', title: 'riskRemovable', text: 'riskRemovableText', icon: Trash2 },
] as const;

const lineHeight = 1.75;

export function RiskCards({ search }: { readonly search: KeysSearch }) {
  const t = useMessages('keys');
  const { data, isError } = useQuery(countsQuery(search));
  // Without its numbers the list below is complete.
  if (isError) return null;
  return (
    <nav className={styles.cards} aria-label={t('risks')}>
      {cards.map(({ risk, title, text, icon: Icon }) => {
        const isOpen = search.risk === risk;
        return (
          <Link
            key={risk}
            from="/token"
            to="."
            search={(old) => ({ ...old, page: undefined, risk: isOpen ? undefined : risk })}
            className={styles.card}
            data-empty={data?.[risk] === 0 || undefined}
            aria-current={isOpen ? 'true' : undefined}
          >
            <span className={styles.title}>
              <Icon aria-hidden="true" />
              {t(title)}
            </span>
            <span className={styles.count}>
              {data === undefined ? <Skeleton height={lineHeight} /> : <Count value={data[risk]} />}
            </span>
            <span className={styles.text}>{t(text)}</span>
          </Link>
        );
      })}
    </nav>
  );
}
