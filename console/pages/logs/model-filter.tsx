/** Chooses models of those that were used. */
import { useQuery } from '@tanstack/react-query';
import { lazy, useState } from 'react';
import { useMessages } from '../../i18n/messages.ts';
import { usedModelsQuery } from './log-queries.ts';
import type { LogSearch } from './log-search.ts';

// Comboboxes are heavy.
const RemoteCombobox = lazy(async () => ({
  default: (await import('../../components/remote-combobox.tsx')).RemoteCombobox,
}));

const shown = 50;

export interface FilterProps {
  readonly search: LogSearch;
  readonly onChange: (changed: Partial<LogSearch>) => void;
}

export function ModelFilter({ search, onChange }: FilterProps) {
  const t = useMessages('logs');
  const [text, setText] = useState('');
  const { range, from, to, all, model = [] } = search;
  const { data } = useQuery(usedModelsQuery({ range, from, to, all }));
  const items = data
    // A list of models is separated by commas.
    ?.filter(
      (id) => id.toLowerCase().includes(text.toLowerCase()) && !model.includes(id) && !id.includes(','),
    )
    .slice(0, shown)
    .map((id) => ({ value: id, label: id }));
  return (
    <RemoteCombobox
      label={t('addModel')}
      hint={t('addModelHint')}
      items={items}
      value={undefined}
      onChange={(next) => next && onChange({ model: [...model, next.value] })}
      onSearch={setText}
    />
  );
}
