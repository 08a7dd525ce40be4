/** The prices of a model from their moments on. */
import { Status, Tag } from '../../components/status.tsx';
import { DateTime } from '../../components/time.tsx';
import { exactFormat } from '../../format/exact.ts';
import { useMessages } from '../../i18n/messages.ts';
import type { Price } from './price-queries.ts';
import styles from './prices.module.css';

export function PriceHistory({ prices }: { readonly prices: readonly Price[] }) {
  const t = useMessages('prices');
  const inForce = prices.find(({ in_force }) => in_force);
  return (
    <section className={styles.history}>
      <h3>{t('history')}</h3>
      <ul>
        {prices.toReversed().map((price) => (
          <li key={price.price_id}>
            {price.effective_from === 0 ? t('always') : <DateTime at={price.effective_from} />}
            <span>
              {t('inAndOut', { input: exactFormat.usd(price.input), output: exactFormat.usd(price.output) })}
            </span>
            {price.in_force && <Status tone="ok">{t('inForce')}</Status>}
            {inForce && price.effective_from > inForce.effective_from && <Tag>{t('future')}</Tag>}
            <bdi className={styles.note}>{price.source}</bdi>
          </li>
        ))}
      </ul>
    </section>
  );
}
