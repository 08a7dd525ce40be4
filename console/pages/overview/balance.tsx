/** The balance of the account with its forecast, and the budgets that are near their limit. */
import { ArrowRight } from 'lucide-react';
import { ButtonLink } from '../../components/button.tsx';
import { Meter } from '../../components/meter.tsx';
import { Money } from '../../components/numbers.tsx';
import { Section } from '../../components/page.tsx';
import { RelativeTime } from '../../components/time.tsx';
import { format } from '../../format/format.ts';
import { useMessages } from '../../i18n/messages.ts';
import styles from './overview.module.css';
import type { OwnOverview } from './overview-query.ts';

interface OwnProps {
  readonly overview: OwnOverview;
}

export function BalanceSection({ overview: { balance } }: OwnProps) {
  const t = useMessages('overview');
  const daily = format.money(balance.daily_quota);
  return (
    <Section
      title={t('balance')}
      actions={
        <ButtonLink size="sm" to="/topup" icon={<ArrowRight aria-hidden="true" />}>
          {t('openWallet')}
        </ButtonLink>
      }
    >
      <div className={styles.figure}>
        {balance.unlimited_quota ? t('unlimited') : <Money units={balance.quota} />}
      </div>
      <p className={styles.nothing}>
        {balance.days_left === null
          ? t(balance.daily_quota === 0 ? 'noForecast' : 'dailySpend', { daily })
          : t('forecast', { days: Math.floor(balance.days_left), daily })}
      </p>
    </Section>
  );
}

export function BudgetsSection({ overview: { budgets, budgets_complete: isComplete } }: OwnProps) {
  const t = useMessages('overview');
  return (
    <Section title={t('budgets')} description={t('budgetsHint')}>
      {budgets.length === 0 && <p className={styles.nothing}>{t('noBudgets')}</p>}
      <ul className={styles.list}>
        {budgets.map((budget) => {
          const { kind, id, name, budget_used: used, budget_quota: limit } = budget;
          const text = t('usedOf', { used: format.money(used), limit: format.money(limit) });
          const title = kind === 'account' ? t('accountBudget') : name;
          return (
            <li key={`${kind} ${id}`} className={styles.budget}>
              <bdi className={styles.name}>{title}</bdi>
              <span className={styles.amount}>{text}</span>
              <Meter label={t('budgetOf', { name: title })} share={used / limit} text={text} />
              <span className={styles.nothing}>
                {t(`resets${budget.budget_period}`)} <RelativeTime at={budget.budget_resets_at} />
              </span>
            </li>
          );
        })}
      </ul>
      {!isComplete && <p className={styles.nothing}>{t('budgetsIncomplete')}</p>}
    </Section>
  );
}
