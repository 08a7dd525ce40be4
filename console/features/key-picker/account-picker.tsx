/** Choosing an account, for administrators, of however many. Put it into `Suspense`. */
import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { lazy, useState } from 'react';
import { api, dataOf } from '../../api/client.ts';
import { useMessages } from '../../i18n/messages.ts';
import { useSettled } from './use-settled.ts';

const RemoteCombobox = lazy(async () => ({
  default: (await import('../../components/remote-combobox.tsx')).RemoteCombobox,
}));

const shown = 20;

const accountSearchQuery = (text: string) =>
  queryOptions({
    queryKey: ['users', 'picker', text],
    queryFn: ({ signal }) => {
      const query = { keyword: text, page_size: shown };
      return dataOf(api.GET('/api/user/search', { signal, params: { query } }));
    },
    placeholderData: keepPreviousData,
  });

interface NamedAccount {
  readonly id: number;
  readonly username: string;
}

interface AccountPickerProps {
  readonly label: string;
  readonly isLabelHidden?: boolean;
  readonly placeholder?: string;
  readonly onChoose: (account: NamedAccount) => void;
}

/** What is chosen stands elsewhere, where it can be dropped. */
export function AccountPicker({ onChoose, placeholder, ...frame }: AccountPickerProps) {
  const t = useMessages('common');
  const [text, setText] = useState('');
  const { data } = useQuery(accountSearchQuery(useSettled(text)));
  return (
    <RemoteCombobox
      {...frame}
      placeholder={placeholder ?? t('search')}
      items={data?.items.map(({ id, username, display_name: name }) => ({
        value: String(id),
        label: username,
        ...(name !== username && { note: name }),
      }))}
      value={undefined}
      onChange={(item) => item && onChoose({ id: Number(item.value), username: item.label })}
      onSearch={setText}
    />
  );
}
