/** The models, keys or accounts with the highest charges of the last seven days. */
import { Link } from '@tanstack/react-router';
import { Money } from '../../components/numbers.tsx';
import { Section } from '../../components/page.tsx';
import { useLineName } from '../../features/usage/line-name.tsx';
import { type MessageOf, useMessages } from '../../i18n/messages.ts';
import styles from './overview.module.css';
import type { AllOverview } from './overview-query.ts';

type By = 'model' | 'key' | 'account';
type Item = AllOverview['top_models'][number];

const titles: Readonly<Record<By, MessageOf<'overview'>>> = {
  model: 'topModels',
  key: 'topKeys',
  account: 'topAccounts',
};

interface TopSectionProps {
  readonly by: By;
  readonly items: readonly Item[];
  readonly isOfAll: boolean;
}

export function TopSection({ by, items, isOfAll }: TopSectionProps) {
  const t = useMessages('overview');
  const lineName = useLineName(by, 0);
  const most = Math.max(1, ...items.map(({ totals }) => totals.quota));
  return (
    <Section title={t(titles[by])} description={t('lastDays')}>
      {items.length === 0 ? (
        <p className={styles.nothing}>{t('nothingUsed')}</p>
      ) : (
        <ol className={styles.top}>
          {items.map((item) => (
            <li key={`${item.id} ${item.name}`}>
              <span className={styles.topName}>
                <Link
                  to="/usage"
                  search={{ by, ...(isOfAll && { scope: 'all' as const }), ...filterOf(by, item) }}
                >
                  <bdi>{lineName(item)}</bdi>
                </Link>
              </span>
              <Money units={item.totals.quota} />
              <span className={styles.topBar} style={{ width: `${(item.totals.quota * 100) / most}%` }} />
            </li>
          ))}
        </ol>
      )}
    </Section>
  );
}

/** What the page about usage is filtered by. */
function filterOf(by: By, { id, name }: Item): { model?: string; token_id?: number; user_id?: number } {
  if (by === 'model') return name ? { model: name } : {};
  if (!id) return {};
  return by === 'key' ? { token_id: id } : { user_id: id };
}
