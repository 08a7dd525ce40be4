/** The overview: what was used, what it goes to, what is left, and for administrators whether everything works. */
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useIsAdministrator } from '../../api/session.ts';
import { Page } from '../../components/page.tsx';
import { Segments } from '../../components/segments.tsx';
import { Stack } from '../../components/stack.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { TileGrid } from '../../features/usage/tile-grid.tsx';
import { format } from '../../format/format.ts';
import { useMessages } from '../../i18n/messages.ts';
import { BalanceSection, BudgetsSection } from './balance.tsx';
import { ChannelsSection, FleetSection } from './channels.tsx';
import { FirstSteps } from './first-steps.tsx';
import styles from './overview.module.css';
import { allOverviewQuery, ownOverviewQuery } from './overview-query.ts';
import { SpendSection } from './spend.tsx';
import { Tiles } from './tiles.tsx';
import { TopSection } from './top.tsx';

const route = getRouteApi('/shell/');

const periods = ['1', '7', '30'] as const;

export function OverviewPage() {
  const t = useMessages('overview');
  const { days = 7, scope, view = 'chart' } = route.useSearch();
  const navigate = route.useNavigate();
  const show = (next: ReturnType<typeof route.useSearch>) =>
    navigate({ search: (old) => ({ ...old, ...next }), resetScroll: false });
  const isAdministrator = useIsAdministrator();
  const isOfAll = isAdministrator && scope === 'all';
  const own = useQuery(ownOverviewQuery);
  const all = useQuery({ ...allOverviewQuery, enabled: isAdministrator });
  const { data, error, refetch } = isOfAll ? all : own;
  return (
    <Page
      title={t('title')}
      description={t('description', { zone: format.timeZone })}
      actions={
        <>
          {isAdministrator && (
            <Segments
              label={t('scope')}
              value={isOfAll ? 'all' : 'own'}
              choices={[
                { value: 'own', label: t('scopeOwn') },
                { value: 'all', label: t('scopeAll') },
              ]}
              onChange={(next) => show({ scope: next === 'all' ? next : undefined })}
            />
          )}
          <Segments
            label={t('period')}
            value={String(days)}
            choices={periods.map((value) => ({ value: String(value), label: t(`period${value}`) }))}
            onChange={(next) => show({ days: next === '1' ? 1 : next === '30' ? 30 : undefined })}
          />
        </>
      }
    >
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data ? (
        <>
          {data.periods.at(-1)?.totals.requests === 0 && <FirstSteps />}
          <Tiles overview={data} days={days} />
          <SpendSection
            overview={data}
            isOfAll={isOfAll}
            view={view}
            onView={(next) => show({ view: next === 'table' ? next : undefined })}
          />
          <div className={styles.halves}>
            <Stack>
              <TopSection by="model" items={data.top_models} isOfAll={isOfAll} />
              <TopSection by="key" items={data.top_keys} isOfAll={isOfAll} />
              {isOfAll && all.data && <TopSection by="account" items={all.data.top_accounts} isOfAll />}
            </Stack>
            <Stack>
              {!isOfAll && own.data && <BalanceSection overview={own.data} />}
              {!isOfAll && own.data && <BudgetsSection overview={own.data} />}
              {all.data && <ChannelsSection channels={all.data.channels} />}
              {all.data && <FleetSection fleet={all.data.fleet} />}
            </Stack>
          </div>
        </>
      ) : (
        !error && <Loading />
      )}
    </Page>
  );
}

const [tileHeight, chartHeight] = [8.5, 24];

function Loading() {
  return (
    <>
      <TileGrid>
        {['a', 'b', 'c', 'd', 'e'].map((tile) => (
          <Skeleton key={tile} height={tileHeight} />
        ))}
      </TileGrid>
      <Skeleton height={chartHeight} />
    </>
  );
}
