/** The formula of a charge with its numbers: every term, their exact sum, and what was charged. */
import { Count, Money } from '../../components/numbers.tsx';
import { exactFormat } from '../../format/exact.ts';
import { format } from '../../format/format.ts';
import { type MessageOf, useMessages } from '../../i18n/messages.ts';
import type { LogDetail } from './log-queries.ts';
import styles from './timeline.module.css';

export function CostSection({ detail }: { readonly detail: LogDetail }) {
  const t = useMessages('logs');
  const { cost, record } = detail;
  if (record.state === '') return null;
  const reason = reasonOf(detail);
  return (
    <section className={styles.section}>
      <h3>{t('cost')}</h3>
      {cost ? <Formula cost={cost} /> : <p className={styles.muted}>{t('noCharge')}</p>}
      {reason && <p className={styles.muted}>{t(reason)}</p>}
    </section>
  );
}

/** Why it was charged so, where the formula does not say. */
function reasonOf({ cost, operation, task_id: task, record }: LogDetail): MessageOf<'logs'> | undefined {
  if (operation === 'moderations' && !cost) return 'freeModeration';
  if (task === '') return undefined;
  return record.state === 'ok' ? 'chargedAtEnd' : 'freeJob';
}

function Formula({ cost }: { readonly cost: NonNullable<LogDetail['cost']> }) {
  const t = useMessages('logs');
  const { lines, multiplier, exact_usd: exact, exact_units: exactUnits, units, model } = cost;
  const since = cost.price_from === 0 ? '' : format.date(cost.price_from);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a wide table scrolls sideways, so its frame must take the focus. */}
      <section className={styles.frame} tabIndex={0} aria-label={t('cost')}>
        <table className={styles.table}>
          <thead>
            <tr>
              <th scope="col">{t('costKind')}</th>
              <th scope="col" data-align="end">
                {t('costCount')}
              </th>
              <th scope="col" data-align="end">
                {t('costPrice')}
              </th>
              <th scope="col" data-align="end">
                {t('costMultiplier')}
              </th>
              <th scope="col" data-align="end">
                {t('costAmount')}
              </th>
            </tr>
          </thead>
          <tbody>
            {lines.map((line) => (
              <tr key={line.kind}>
                <th scope="row">{t(`cost_${line.kind}`)}</th>
                <td data-align="end">
                  <Count value={line.count} />
                </td>
                <td data-align="end">
                  {t(line.per === 'million' ? 'perMillion' : 'perPiece', {
                    price: exactFormat.usd(line.price),
                  })}
                </td>
                <td data-align="end">{t('times', { multiplier: exactFormat.decimal(multiplier) })}</td>
                <td data-align="end" title={t('exactUnits', { units: exactFormat.decimal(line.units) })}>
                  {exactFormat.usd(line.usd)}
                </td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row" colSpan={4}>
                {t('exactSum')}
              </th>
              <td data-align="end" title={t('exactUnits', { units: exactFormat.decimal(exactUnits) })}>
                {exactFormat.usd(exact)}
              </td>
            </tr>
            <tr>
              <th scope="row" colSpan={4}>
                {t('charged')}
                <span className={styles.formula}>
                  {t('roundedUp', { exact: exactFormat.decimal(exactUnits), units: format.units(units) })}
                </span>
              </th>
              <td data-align="end">
                <Money units={units} />
              </td>
            </tr>
          </tfoot>
        </table>
      </section>
      <p className={styles.formula}>
        <bdi>
          {t(since === '' ? 'priceOf' : 'priceSince', { model, since })}
          {cost.variant !== '' && ` · ${t('ofVariant', { variant: cost.variant })}`}
          {cost.service_tier !== '' && ` · ${t('serviceTier', { tier: cost.service_tier })}`}
        </bdi>
      </p>
    </>
  );
}
