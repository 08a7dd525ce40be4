/** Asks before the prices of a model are removed. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client.ts';
import { announce } from '../../components/announcer.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { pricesKey } from './price-queries.ts';

interface RemovePriceProps {
  readonly model: string;
  readonly onClose: () => void;
  readonly onRemoved: () => void;
}

export function RemovePrice({ model, onClose, onRemoved }: RemovePriceProps) {
  const t = useMessages('prices');
  const queryClient = useQueryClient();
  const remove = useMutation({
    mutationFn: () => dataOf(api.DELETE('/api/price', { params: { query: { model } } })),
    onSuccess: () => {
      announce(t('removed', { model }));
      onRemoved();
      void queryClient.invalidateQueries({ queryKey: pricesKey });
    },
  });
  return (
    <ConfirmDialog
      title={t('removeAsk', { model })}
      text={t('removeText')}
      action={t('remove')}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    />
  );
}
