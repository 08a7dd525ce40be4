/** The filters that are in force, each of which can be removed. */
import { useQuery } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { Button } from '../../components/button.tsx';
import { Inline } from '../../components/stack.tsx';
import { fetchSeries } from '../../features/usage/figures.ts';
import type { Dimension } from '../../features/usage/line-name.tsx';
import { type MessageOf, useMessages } from '../../i18n/messages.ts';
import type { UsageSearch } from './route.ts';
import type { Shown } from './usage-query.ts';

const filters = [
  ['token_id', 'filterKey', 'key'],
  ['model', 'filterModel', 'model'],
  ['channel', 'filterChannel', 'channel'],
  ['group', 'filterGroup', 'group'],
  ['user_id', 'filterAccount', 'account'],
] as const satisfies readonly (readonly [keyof UsageSearch, MessageOf<'usage'>, Dimension])[];

export type FilterName = (typeof filters)[number][0];

/** The filters of an address, in their order. */
export function activeFilters(search: UsageSearch): readonly FilterName[] {
  return filters.map(([name]) => name).filter((name) => search[name] !== undefined);
}

interface FiltersProps {
  readonly search: UsageSearch;
  readonly shown: Shown;
  readonly onChange: (next: Partial<UsageSearch>) => void;
}

export function Filters({ search, shown, onChange }: FiltersProps) {
  const active = filters.filter(([name]) => search[name] !== undefined);
  if (active.length === 0) return null;
  return (
    <Inline>
      {active.map(([name, label, by]) => (
        <Filter
          key={name}
          label={label}
          by={by}
          value={search[name] ?? ''}
          shown={shown}
          onRemove={() => onChange({ [name]: undefined })}
        />
      ))}
    </Inline>
  );
}

interface FilterProps {
  readonly label: MessageOf<'usage'>;
  readonly by: Dimension;
  readonly value: string | number;
  readonly shown: Shown;
  readonly onRemove: () => void;
}

function Filter({ label, by, value, shown, onRemove }: FilterProps) {
  const t = useMessages('usage');
  const name = useNameOf(by, value, shown);
  const text = t(label, { name });
  return (
    <Button size="sm" icon={<X />} aria-label={t('removeFilter', { name: text })} onClick={onRemove}>
      <bdi>{text}</bdi>
    </Button>
  );
}

/** The name of a key, channel or account that the address names by its id; the id where it used nothing. */
function useNameOf(by: Dimension, value: string | number, { scope, query }: Shown): string {
  const isId = typeof value === 'number';
  const one = { ...query, by, bucket: 'month', compare: 'none', top: 1 } as const;
  const { data } = useQuery({
    queryKey: ['usage', 'name', scope, by, value],
    queryFn: ({ signal }) => fetchSeries(scope, one, signal),
    enabled: isId,
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (isId && data?.series[0]?.name) || String(value);
}
