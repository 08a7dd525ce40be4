/** The balance of the account: what it is, what it is made of, how long it lasts, and every change of it. */
import { useQuery } from '@tanstack/react-query';
import { Callout } from '../../components/callout.tsx';
import { Tile } from '../../components/facts.tsx';
import { Money } from '../../components/numbers.tsx';
import { Page } from '../../components/page.tsx';
import { Columns } from '../../components/stack.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { format } from '../../format/format.ts';
import { useMessages } from '../../i18n/messages.ts';
import { BalanceSum } from './balance-sum.tsx';
import { ForecastTile } from './forecast-tile.tsx';
import { Journal } from './journal.tsx';
import { type Wallet, walletQuery } from './wallet-queries.ts';

/** As tall as the tiles and the sum, in rem. */
const skeletonHeight = 14;

export function WalletPage() {
  const t = useMessages('wallet');
  const { data, error, refetch } = useQuery(walletQuery);
  return (
    <Page title={t('title')} description={t('description')}>
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton height={skeletonHeight} />}
      {data && <Summary wallet={data} />}
      <Journal />
    </Page>
  );
}

function Summary({ wallet }: { readonly wallet: Wallet }) {
  const t = useMessages('wallet');
  const { quota, unlimited_quota: isUnlimited, reserved_quota: reserved, spent } = wallet;
  const note = reserved > 0 ? t('reservedNote', { amount: format.money(reserved) }) : t('spendable');
  return (
    <>
      {!isUnlimited && quota <= 0 && (
        <Callout tone="danger" title={t('empty')}>
          {t('ask')}
        </Callout>
      )}
      <Columns>
        <Tile
          label={t('balance')}
          value={isUnlimited ? t('unlimited') : <Money units={quota} />}
          note={isUnlimited ? t('unlimitedNote') : note}
        />
        {!isUnlimited && <ForecastTile wallet={wallet} />}
        <Tile label={t('spent24')} value={<Money units={spent.hours_24} />} note={t('spentNote')} />
        <Tile label={t('spent7')} value={<Money units={spent.days_7} />} note={t('spentNote')} />
        <Tile label={t('spent30')} value={<Money units={spent.days_30} />} note={t('spentNote')} />
      </Columns>
      {(!isUnlimited || wallet.added_quota !== 0) && <BalanceSum wallet={wallet} />}
    </>
  );
}
