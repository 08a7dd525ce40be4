/** What is spent of a budget, and when its next period begins. */
import { Meter } from '../../components/meter.tsx';
import { RelativeTime } from '../../components/time.tsx';
import { format } from '../../format/format.ts';
import { useMessages } from '../../i18n/messages.ts';
import styles from './budget-cell.module.css';
import type { Key } from './key.ts';

type BudgetOf = Pick<
  Key,
  'budget_quota' | 'budget_used' | 'budget_period' | 'budget_resets_at' | 'budget_time_zone'
>;

export function BudgetCell({ keyOf }: { readonly keyOf: BudgetOf }) {
  const t = useMessages('keys');
  const { budget_quota: units, budget_used: used, budget_period: period, budget_resets_at: resetsAt } = keyOf;
  if (units === null || period === null) return <span className={styles.note}>{t('noBudget')}</span>;
  const text = t('ofTotal', { used: format.money(used), total: format.money(units) });
  return (
    <span className={styles.budget}>
      <span className={styles.amount}>
        {text} <span className={styles.note}>{t(period)}</span>
      </span>
      <Meter label={t('budgetUsed')} share={units === 0 ? 1 : used / units} text={text} />
      {resetsAt !== null && (
        <span className={styles.reset}>
          {t('resets')} <RelativeTime at={resetsAt} />
        </span>
      )}
    </span>
  );
}
