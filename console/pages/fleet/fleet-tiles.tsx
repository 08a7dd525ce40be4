/** The figures of the fleet in large numbers. */
import { Tile } from '../../components/facts.tsx';
import { Count, Duration } from '../../components/numbers.tsx';
import { Columns } from '../../components/stack.tsx';
import { Skeleton } from '../../components/states.tsx';
import { format } from '../../format/format.ts';
import { useMessages } from '../../i18n/messages.ts';
import type { Fleet, Revocation } from './queries.ts';
import { medianOf } from './revocation-times.ts';

interface FleetTilesProps {
  readonly fleet: Fleet | undefined;
  readonly revocations: readonly Revocation[] | undefined;
}

const valueHeight = 2;

export function FleetTiles({ fleet, revocations }: FleetTilesProps) {
  const t = useMessages('fleet');
  const loading = <Skeleton height={valueHeight} />;
  const well = fleet?.nodes.filter(({ state }) => state === 'well').length ?? 0;
  const times = revocations?.filter(({ confirmed }) => confirmed).map(({ took_ms: took }) => took);
  const median = times && medianOf(times);
  return (
    <Columns>
      <Tile
        label={t('tileNodes')}
        value={fleet ? <Count value={fleet.nodes.length} /> : loading}
        note={fleet && t('tileNodesNote', { count: well })}
      />
      <Tile
        label={t('tileLease')}
        value={fleet ? fleet.lease_ms > 0 ? <Duration ms={fleet.lease_ms} /> : t('noLease') : loading}
        note={fleet?.mode === 'fleet' ? t('tileLeaseNote') : t('tileLeaseAlone')}
      />
      <Tile
        label={t('tileMedian')}
        value={times ? median === undefined ? t('noTime') : <Duration ms={median} /> : loading}
        note={
          times && times.length > 0
            ? t('tileMedianNote', { time: format.duration(Math.max(...times)), count: times.length })
            : t('tileMedianNone')
        }
      />
    </Columns>
  );
}
