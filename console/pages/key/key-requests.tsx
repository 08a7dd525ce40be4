/** The last requests of a key. */
import { queryOptions, useQuery } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client.ts';
import type { components } from '../../api/schema.ts';
import { ButtonLink } from '../../components/button.tsx';
import { Duration, Money } from '../../components/numbers.tsx';
import { Section } from '../../components/page.tsx';
import { ErrorState } from '../../components/states.tsx';
import { Status } from '../../components/status.tsx';
import type { Column } from '../../components/table/column.ts';
import { DataTable } from '../../components/table/data-table.tsx';
import { RelativeTime } from '../../components/time.tsx';
import { keysKey } from '../../features/keys/key.ts';
import type { KeyView } from '../../features/keys/key-view.ts';
import { UsedInAll } from '../../features/used/used.tsx';
import { type Translate, useMessages } from '../../i18n/messages.ts';

type Record = components['schemas']['Record'];

const shown = 8;

const requestsQuery = (id: number, isOwn: boolean) => {
  const query = { token_id: id, page_size: shown } as const;
  return queryOptions({
    queryKey: [...keysKey, 'requests', id, isOwn],
    queryFn: ({ signal }) =>
      isOwn
        ? dataOf(api.GET('/api/log/self', { signal, params: { query } }))
        : dataOf(api.GET('/api/log', { signal, params: { query } })),
  });
};

export function KeyRequests({ view: { key, isOwn } }: { readonly view: KeyView }) {
  const t = useMessages('keys');
  const f = useMessages('key-form');
  const u = useMessages('used');
  const { data, error, refetch } = useQuery(requestsQuery(key.id, isOwn));
  return (
    <Section
      title={f('lastRequests')}
      plain
      actions={
        <ButtonLink to="/log" search={{ key: [key.id], all: isOwn ? undefined : true }} size="sm">
          {f('allRequests')}
        </ButtonLink>
      }
    >
      {error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <DataTable
          caption={f('lastRequests')}
          columns={columnsOf(t, f, u)}
          rows={data?.items}
          rowId={({ id }) => String(id)}
          pageSize={shown}
          empty={<p>{f('noRequests')}</p>}
        />
      )}
    </Section>
  );
}

const looks = {
  ok: { tone: 'ok', label: 'requestOk' },
  error: { tone: 'danger', label: 'requestError' },
  aborted: { tone: 'warn', label: 'requestAborted' },
} as const;

function columnsOf(
  t: Translate<'keys'>,
  f: Translate<'key-form'>,
  u: Translate<'used'>,
): readonly Column<Record>[] {
  return [
    { id: 'time', header: f('time'), cell: ({ created_at: at }) => <RelativeTime at={at} /> },
    { id: 'model', header: f('model'), cell: ({ model_name: model }) => <bdi>{model}</bdi> },
    {
      id: 'status',
      header: t('status'),
      cell: ({ state, error_code: code }) => {
        const look = looks[state || 'ok'];
        return <Status tone={look.tone}>{code || f(look.label)}</Status>;
      },
    },
    {
      id: 'tokens',
      header: u('used'),
      align: 'end',
      cell: (record) => <UsedInAll record={record} />,
    },
    { id: 'took', header: f('took'), align: 'end', cell: ({ total_ms: ms }) => <Duration ms={ms} /> },
    { id: 'cost', header: f('cost'), align: 'end', cell: ({ quota }) => <Money units={quota} /> },
  ];
}
