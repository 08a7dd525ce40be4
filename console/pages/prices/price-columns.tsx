/** The columns of the table of prices. */
import { Link } from '@tanstack/react-router';
import type { Column } from '../../components/table/column.ts';
import { Day } from '../../components/time.tsx';
import { exactFormat } from '../../format/exact.ts';
import type { Translate } from '../../i18n/messages.ts';
import { type AmountField, optionalAmounts } from './price-form.ts';
import type { Price } from './price-queries.ts';
import styles from './prices.module.css';

type T = Translate<'prices'>;

const amount = (text: string | undefined) => (text === undefined ? '' : exactFormat.usd(text));

const shownAlone: ReadonlySet<AmountField> = new Set(['cached_input', 'cache_write']);

export function priceColumns(t: T): readonly Column<Price>[] {
  return [
    {
      id: 'model',
      header: t('model'),
      cell: ({ id }) => (
        <Link from="/price" to="/price" search={(old) => ({ ...old, open: id })} className={styles.model}>
          <code>
            <bdi>{id}</bdi>
          </code>
        </Link>
      ),
    },
    { id: 'input', header: t('input'), align: 'end', cell: ({ input }) => amount(input) },
    { id: 'cached', header: t('cached_input'), align: 'end', cell: (price) => amount(price.cached_input) },
    { id: 'write', header: t('cache_write'), align: 'end', cell: (price) => amount(price.cache_write) },
    { id: 'output', header: t('output'), align: 'end', cell: ({ output }) => amount(output) },
    {
      id: 'more',
      header: t('more'),
      cell: (price) => <span className={styles.more}>{moreOf(t, price)}</span>,
    },
    {
      id: 'since',
      header: t('since'),
      cell: ({ effective_from: at }) => (at === 0 ? t('always') : <Day at={at} />),
    },
  ];
}

/** What else has a price of its own. */
function moreOf(t: T, price: Price): string {
  const names = optionalAmounts.filter((field) => !shownAlone.has(field) && price[field] !== undefined);
  const tiers = Object.keys(price.tiers ?? {});
  const variants = Object.keys(price.variants ?? {});
  return [...names.map((name) => t(name)), ...tiers.map((tier) => t('tier', { tier })), ...variants].join(
    ', ',
  );
}
