/** Deletes keys and follows what every node does. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError } from '../../api/api-error.ts';
import { api } from '../../api/client.ts';
import { linesOf } from '../../api/lines.ts';
import { useIsAdministrator } from '../../api/session.ts';
import { announce } from '../../components/announcer.tsx';
import { format } from '../../format/format.ts';
import { type Translate, useMessages } from '../../i18n/messages.ts';
import { keysKey } from '../keys/key.ts';
import { advance, type DeletionEvent, type DeletionProgress, notBegun } from './deletion-progress.ts';
import { receiptsKey } from './receipt.ts';

export function useDeletion(onDeleted: (ids: readonly number[]) => void) {
  const t = useMessages('receipts');
  const queryClient = useQueryClient();
  const isAdministrator = useIsAdministrator();
  const [progress, setProgress] = useState<DeletionProgress>(notBegun);
  const deletion = useMutation({
    mutationFn: async (ids: readonly number[]) => {
      let current = notBegun;
      setProgress(current);
      const body = { ids: [...ids], scope: isAdministrator ? ('managed' as const) : ('own' as const) };
      const call = api.POST('/api/token/deletion', { body, parseAs: 'stream' });
      for await (const event of linesOf<DeletionEvent>(call)) {
        tell(t, event, current);
        current = advance(current, event);
        setProgress(current);
      }
      const { done, failed } = current;
      if (done) return done.ids;
      const { code, message } = failed ?? { code: 'unreachable', message: '' };
      throw new ApiError({ status: failed ? 503 : 0, code, message, requestId: '' });
    },
    onSuccess: onDeleted,
    onSettled: () => {
      // The end of the deletion does not wait for lists behind it.
      for (const queryKey of [keysKey, receiptsKey]) void queryClient.invalidateQueries({ queryKey });
    },
  });
  return { progress, deletion };
}

/** Says what a screen reader should hear, and no more: not each tick of a countdown. */
function tell(t: Translate<'receipts'>, event: DeletionEvent, before: DeletionProgress): void {
  if (event.event === 'node') {
    announce(t('nodesConfirmed', { confirmed: event.confirmed + 1, nodes: event.nodes + 1 }));
  } else if (event.event === 'waiting' && event.silent.join() !== before.silent.join()) {
    announce(t('waitingFor', { nodes: event.silent.join(', '), time: format.duration(event.lease_left_ms) }));
  } else if (event.event === 'done') {
    announce(t('deadAnnouncement', { count: event.ids.length, time: format.duration(event.waited_ms) }));
  }
}
