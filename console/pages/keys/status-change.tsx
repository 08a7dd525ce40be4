/** Enables and disables keys from the table, and says what came of it. */
import { type UseMutationResult, useMutation, useQueryClient } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client.ts';
import { announce } from '../../components/announcer.tsx';
import { Callout } from '../../components/callout.tsx';
import { ErrorState } from '../../components/states.tsx';
import { type Key, keysKey, setStatus } from '../../features/keys/key.ts';
import { useMessages } from '../../i18n/messages.ts';

interface StatusRequest {
  readonly keys: readonly Key[];
  readonly status: 1 | 2;
  /** Id of the signed-in account. Keys of others change one by one. */
  readonly ownId: number;
}

interface Outcome {
  readonly changed: readonly number[];
  readonly refused: readonly { readonly id: number; readonly message: string }[];
}

async function change({ keys, status, ownId }: StatusRequest): Promise<Outcome> {
  const own = keys.filter((key) => key.user_id === ownId).map(({ id }) => id);
  const others = keys.filter((key) => key.user_id !== ownId).map(({ id }) => id);
  const outcome = own.length > 0 ? await setStatus(own, status) : { changed: [], refused: [] };
  for (const id of others) await dataOf(api.PUT('/api/admin/token', { body: { id, status } }));
  return { ...outcome, changed: [...outcome.changed, ...others] };
}

export type StatusChange = UseMutationResult<Outcome, Error, StatusRequest>;

export function useStatusChange(): StatusChange {
  const t = useMessages('keys');
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: ({ changed }, { status }) =>
      announce(t(status === 1 ? 'enabledCount' : 'disabledCount', { count: changed.length })),
    onSettled: () => queryClient.invalidateQueries({ queryKey: keysKey }),
  });
}

/** Stays until the next change; nothing when all went well. */
export function StatusOutcome({ change: { data, error, variables } }: { readonly change: StatusChange }) {
  const t = useMessages('keys');
  if (error) return <ErrorState error={error} />;
  if (!data || data.refused.length === 0) return null;
  const nameOf = (id: number) => variables?.keys.find((key) => key.id === id)?.name ?? String(id);
  return (
    <Callout tone="warn" title={t('notEnabled', { count: data.refused.length })}>
      <ul>
        {data.refused.map(({ id, message }) => (
          <li key={id}>
            <bdi>{nameOf(id)}</bdi>: {message}
          </li>
        ))}
      </ul>
    </Callout>
  );
}
