/** Asks before a channel is deleted. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client.ts';
import { announce } from '../../components/announcer.tsx';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { type Channel, channelsKey } from './channel-queries.ts';

interface DeleteChannelProps {
  readonly channel: Channel;
  readonly onClose: () => void;
  readonly onDeleted: () => void;
}

export function DeleteChannel({ channel, onClose, onDeleted }: DeleteChannelProps) {
  const t = useMessages('channels');
  const queryClient = useQueryClient();
  const { id, name, models } = channel;
  const remove = useMutation({
    mutationFn: () => dataOf(api.DELETE('/api/channel/{id}', { params: { path: { id } } })),
    onSuccess: () => {
      announce(t('deleted', { name }));
      onDeleted();
      void queryClient.invalidateQueries({ queryKey: channelsKey });
    },
  });
  return (
    <ConfirmDialog
      title={t('deleteAsk', { name })}
      text={t('deleteText', { count: models.length })}
      action={t('delete')}
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    />
  );
}
