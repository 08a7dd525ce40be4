/** Choosing a channel, for administrators. Put it into `Suspense`. */
import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query';
import { lazy, useState } from 'react';
import { api, dataOf } from '../../api/client.ts';
import { useMessages } from '../../i18n/messages.ts';
import { useSettled } from './use-settled.ts';

const RemoteCombobox = lazy(async () => ({
  default: (await import('../../components/remote-combobox.tsx')).RemoteCombobox,
}));

const shown = 20;

const channelSearchQuery = (text: string) =>
  queryOptions({
    queryKey: ['channels', 'picker', text],
    queryFn: ({ signal }) => {
      const query = { keyword: text, page_size: shown };
      return dataOf(api.GET('/api/channel', { signal, params: { query } }));
    },
    placeholderData: keepPreviousData,
  });

interface ChannelPickerProps {
  readonly label: string;
  readonly onChoose: (id: number) => void;
}

/** What is chosen stands elsewhere, where it can be dropped. */
export function ChannelPicker({ label, onChoose }: ChannelPickerProps) {
  const t = useMessages('common');
  const [text, setText] = useState('');
  const { data } = useQuery(channelSearchQuery(useSettled(text)));
  return (
    <RemoteCombobox
      label={label}
      placeholder={t('search')}
      items={data?.items.map(({ id, name }) => ({ value: String(id), label: name, note: `#${id}` }))}
      value={undefined}
      onChange={(item) => item && onChoose(Number(item.value))}
      onSearch={setText}
    />
  );
}
