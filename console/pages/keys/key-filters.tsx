/** Search and filters of the keys page. All of them are in the address. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { FilterX } from 'lucide-react';
import { type ReactNode, useId, useState } from 'react';
import { ApiError } from '../../api/api-error.ts';
import { Button } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { Select } from '../../components/select.tsx';
import { ErrorState } from '../../components/states.tsx';
import { SearchBox, Toolbar } from '../../components/toolbar.tsx';
import { groupsQuery, type KeyStatusName, modelsQuery } from '../../features/keys/key.ts';
import { useMessages } from '../../i18n/messages.ts';
import styles from './key-filters.module.css';
import { filterNames, findByValue, isFiltered, isWholeValue } from './keys-query.ts';
import type { KeysSearch } from './route.ts';

interface KeyFiltersProps {
  readonly search: KeysSearch;
  readonly onChange: (change: Partial<KeysSearch>) => void;
  /** At the end of the row. */
  readonly children: ReactNode;
}

export function KeyFilters({ search, onChange, children }: KeyFiltersProps) {
  const t = useMessages('keys');
  const navigate = useNavigate();
  const find = useMutation({
    mutationFn: findByValue,
    onSuccess: ({ id }) => navigate({ to: '/token/$id', params: { id: String(id) } }),
  });
  const searchFor = (text: string) => {
    if (isWholeValue(text)) {
      // The box may search the same again when it loses the focus.
      if (text !== find.variables) find.mutate(text);
      return;
    }
    find.reset();
    onChange({ q: text || undefined });
  };
  return (
    <>
      <Toolbar>
        <SearchBox label={t('search')} value={search.q ?? ''} onSearch={searchFor} />
        <StatusFilter search={search} onChange={onChange} />
        <GroupFilter search={search} onChange={onChange} />
        <ModelFilter key={search.model ?? ''} search={search} onChange={onChange} />
        {isFiltered(search) && (
          <Button
            variant="ghost"
            icon={<FilterX />}
            onClick={() => onChange(Object.fromEntries(filterNames.map((name) => [name, undefined])))}
          >
            {t('clearFilters')}
          </Button>
        )}
        <span className={styles.end}>{children}</span>
      </Toolbar>
      {find.isError && <NotFound error={find.error} />}
    </>
  );
}

function NotFound({ error }: { readonly error: Error }) {
  const t = useMessages('keys');
  const isUnknown = error instanceof ApiError && error.facts.code === 'no_such_record';
  return isUnknown ? <Callout tone="info">{t('valueUnknown')}</Callout> : <ErrorState error={error} />;
}

type FilterProps = Pick<KeyFiltersProps, 'search' | 'onChange'>;

const statusNames: readonly KeyStatusName[] = ['enabled', 'disabled', 'expired', 'exhausted'];

function StatusFilter({ search, onChange }: FilterProps) {
  const t = useMessages('keys');
  return (
    <Select
      label={t('status')}
      value={search.status ?? ''}
      choices={[
        { value: '', label: t('anyStatus') },
        ...statusNames.map((name) => ({ value: name, label: t(name) })),
      ]}
      onChange={({ target }) =>
        onChange({ status: (target.value || undefined) as KeyStatusName | undefined })
      }
    />
  );
}

function GroupFilter({ search, onChange }: FilterProps) {
  const t = useMessages('keys');
  const { data = {} } = useQuery(groupsQuery);
  const names = new Set([...Object.keys(data), ...(search.group === undefined ? [] : [search.group])]);
  return (
    <Select
      label={t('group')}
      value={search.group ?? ''}
      choices={[
        { value: '', label: t('anyGroup') },
        ...[...names].map((name) => ({ value: name, label: name })),
      ]}
      onChange={({ target }) => onChange({ group: target.value || undefined })}
    />
  );
}

/** A browser stands still over a list of thousands, so it gets the first that match. */
const offeredMax = 100;

function ModelFilter({ search, onChange }: FilterProps) {
  const t = useMessages('keys');
  const id = useId();
  const { data = [] } = useQuery(modelsQuery);
  const [typed, setTyped] = useState('');
  const matching = data.filter((model) => model.toLowerCase().includes(typed.toLowerCase()));
  const apply = (text: string) => onChange({ model: text.trim() || undefined });
  return (
    <>
      <input
        className={styles.model}
        aria-label={t('modelFilter')}
        placeholder={t('anyModel')}
        list={id}
        autoComplete="off"
        spellCheck={false}
        defaultValue={search.model ?? ''}
        onChange={({ target }) => {
          setTyped(target.value);
          if (data.includes(target.value)) apply(target.value);
        }}
        onBlur={({ target }) => target.value !== (search.model ?? '') && apply(target.value)}
        onKeyDown={({ key, currentTarget }) => key === 'Enter' && apply(currentTarget.value)}
      />
      <datalist id={id}>
        {matching.slice(0, offeredMax).map((model) => (
          <option key={model} value={model} />
        ))}
      </datalist>
    </>
  );
}
