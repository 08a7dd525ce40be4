/** Choosing one of the account's keys, of however many. Put it into `Suspense`. */
import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { lazy, useState } from 'react';
import { api, dataOf } from '../../api/client.ts';
import type { RemoteItem } from '../../components/remote-combobox.tsx';
import { type MessageOf, type Translate, useMessages } from '../../i18n/messages.ts';
import { keyQuery } from './key-queries.ts';
import { useSettled } from './use-settled.ts';

const RemoteCombobox = lazy(async () => ({
  default: (await import('../../components/remote-combobox.tsx')).RemoteCombobox,
}));

const shown = 20;

const enabled = 1;

/** Whether requests with the key are admitted now. */
const works = ({ status }: { readonly status: number }) => status === enabled;

const keySearchQuery = (text: string) =>
  queryOptions({
    queryKey: ['keys', 'picker', text],
    queryFn: ({ signal }) => {
      const query = { keyword: text, page_size: shown };
      return dataOf(api.GET('/api/token/list', { signal, params: { query } }));
    },
    select: ({ items }) => items.toSorted((a, b) => Number(works(b)) - Number(works(a))),
    placeholderData: keepPreviousData,
  });

interface NamedKey {
  readonly id: number;
  readonly name: string;
  /** Start and end of the value. */
  readonly hint: string;
  readonly status: number;
}

const states: Readonly<Record<number, MessageOf<'common'>>> = {
  2: 'keyDisabled',
  3: 'keyExpired',
  4: 'keyExhausted',
};

function itemOf(key: NamedKey, t: Translate<'common'>): RemoteItem {
  const { id, name, hint, status } = key;
  const state = states[status];
  return {
    value: String(id),
    label: name === '' ? `#${id}` : name,
    note: state === undefined ? hint : `${t(state)} · ${hint}`,
  };
}

interface KeyPickerProps {
  readonly label: string;
  readonly isLabelHidden?: boolean;
  readonly placeholder?: string;
  /** Id of the chosen key; undefined = none. */
  readonly value: number | undefined;
  readonly onChange: (id: number | undefined) => void;
}

export function KeyPicker({ value, onChange, placeholder, ...frame }: KeyPickerProps) {
  const t = useMessages('common');
  const [text, setText] = useState('');
  const { data } = useQuery(keySearchQuery(useSettled(text)));
  const chosen = useQuery({ ...keyQuery(value ?? 0), enabled: value !== undefined });
  const item =
    value !== undefined && chosen.data ? itemOf({ ...chosen.data, hint: chosen.data.key }, t) : undefined;
  return (
    <RemoteCombobox
      {...frame}
      placeholder={placeholder ?? t('search')}
      items={data?.map((key) => itemOf(key, t))}
      value={item}
      onChange={(next) => onChange(next && Number(next.value))}
      onSearch={setText}
    />
  );
}
