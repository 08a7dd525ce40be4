/** Asks for what the address names. */
import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { fetchSeries, type Scope, type SeriesParameters } from '../../features/usage/figures.ts';
import type { Dimension } from '../../features/usage/line-name.tsx';
import { format } from '../../format/format.ts';
import { bucketOf, defaultPeriod } from './periods.ts';
import type { UsageSearch } from './route.ts';

const refreshMs = 60_000;
/** The sums of all accounts cost the gateway more. */
const refreshAllMs = 300_000;
/** As many as there are colours to tell apart. */
const top = 7;

/** What is shown: the address with its defaults. */
export interface Shown {
  readonly scope: Scope;
  readonly by: Dimension | undefined;
  readonly query: SeriesParameters;
}

export function shownBy(search: UsageSearch, isAdministrator: boolean): Shown {
  const scope = isAdministrator && search.scope === 'all' ? 'all' : 'own';
  const { period = defaultPeriod, by: chosen = 'model', compare = true } = search;
  const by = chosen === 'none' || (chosen === 'account' && scope === 'own') ? undefined : chosen;
  const query: SeriesParameters = {
    period,
    bucket: bucketOf(period, search.bucket),
    time_zone: format.timeZone,
    top,
    ...(by && { by }),
    ...(compare && { compare: 'previous' }),
    ...(search.token_id && { token_id: search.token_id }),
    ...(search.channel && { channel: search.channel }),
    ...(search.model && { model_name: search.model }),
    ...(search.group && { group: search.group }),
    ...(scope === 'all' && search.user_id && { user_id: search.user_id }),
  };
  return { scope, by, query };
}

export const usageQuery = ({ scope, query }: Shown) =>
  queryOptions({
    queryKey: ['usage', scope, query],
    queryFn: ({ signal }) => fetchSeries(scope, query, signal),
    placeholderData: keepPreviousData,
    refetchInterval: scope === 'all' ? refreshAllMs : refreshMs,
  });
