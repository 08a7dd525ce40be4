/** The figures of a key at a glance. */
import { Tile } from '../../components/facts.tsx';
import { Meter } from '../../components/meter.tsx';
import { Money } from '../../components/numbers.tsx';
import { Day, RelativeTime } from '../../components/time.tsx';
import type { Key } from '../../features/keys/key.ts';
import { format } from '../../format/format.ts';
import { useMessages } from '../../i18n/messages.ts';
import styles from './key-page.module.css';

export function KeyTiles({ keyOf }: { readonly keyOf: Key }) {
  const t = useMessages('keys');
  const f = useMessages('key-form');
  const { used_quota: used, remain_quota: left, unlimited_quota: isUnlimited } = keyOf;
  const total = used + Math.max(0, left);
  const quotaText = t('ofTotal', { used: format.money(used), total: format.money(total) });
  return (
    <div className={styles.tiles}>
      <Tile
        label={f('spentEver')}
        value={<Money units={used} />}
        note={isUnlimited ? f('noQuota') : quotaText}
      />
      <Tile
        label={t('remaining')}
        value={isUnlimited ? t('unlimited') : <Money units={left} />}
        note={
          isUnlimited ? undefined : (
            <Meter label={t('quotaUsed')} share={total === 0 ? 1 : used / total} text={quotaText} />
          )
        }
      />
      <BudgetTile keyOf={keyOf} />
      <Tile
        label={t('lastUsed')}
        value={keyOf.last_used_time === 0 ? t('neverUsed') : <RelativeTime at={keyOf.last_used_time} />}
        note={
          <>
            {t('created')} <Day at={keyOf.created_time} />
          </>
        }
      />
      <Tile
        label={t('expires')}
        value={keyOf.expired_time === -1 ? t('never') : <RelativeTime at={keyOf.expired_time} />}
        note={keyOf.expired_time === -1 ? undefined : <Day at={keyOf.expired_time} />}
      />
    </div>
  );
}

function BudgetTile({ keyOf }: { readonly keyOf: Key }) {
  const t = useMessages('keys');
  const f = useMessages('key-form');
  const { budget_quota: units, budget_used: used, budget_period: period, budget_resets_at: resetsAt } = keyOf;
  if (units === null || period === null) return <Tile label={t('budget')} value={t('noBudget')} />;
  const text = t('ofTotal', { used: format.money(used), total: format.money(units) });
  return (
    <Tile
      label={f(`every_${period}`)}
      value={text}
      note={
        <>
          <Meter label={t('budgetUsed')} share={units === 0 ? 1 : used / units} text={text} />
          {resetsAt !== null && (
            <>
              {t('resets')} <RelativeTime at={resetsAt} />
            </>
          )}
        </>
      }
    />
  );
}
