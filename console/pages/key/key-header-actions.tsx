/** What can be done with a key: try, edit, stop for a while, delete. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { MessagesSquare, Pause, Pencil, Play, Trash2 } from 'lucide-react';
import { api, dataOf } from '../../api/client.ts';
import { announce } from '../../components/announcer.tsx';
import { Button, ButtonLink } from '../../components/button.tsx';
import { useErrorText } from '../../components/states.tsx';
import { keysKey } from '../../features/keys/key.ts';
import type { KeyView } from '../../features/keys/key-view.ts';
import { useMessages } from '../../i18n/messages.ts';
import styles from './key-page.module.css';

interface HeaderActionsProps {
  readonly view: KeyView;
  readonly onEdit: () => void;
  readonly onDelete: () => void;
}

export function KeyHeaderActions({ view: { key, isOwn }, onEdit, onDelete }: HeaderActionsProps) {
  const t = useMessages('keys');
  const f = useMessages('key-form');
  const common = useMessages('common');
  const queryClient = useQueryClient();
  const status = key.status === 2 ? 1 : 2;
  const change = useMutation({
    mutationFn: async () => {
      const body = { id: key.id, status } as const;
      await (isOwn
        ? dataOf(api.PUT('/api/token', { params: { query: { status_only: '1', masked: '1' } }, body }))
        : dataOf(api.PUT('/api/admin/token', { body })));
    },
    onSuccess: () => announce(t(status === 1 ? 'enabledCount' : 'disabledCount', { count: 1 })),
    onSettled: () => queryClient.invalidateQueries({ queryKey: keysKey }),
  });
  const problem = useErrorText(change.error);
  return (
    <>
      {isOwn && key.status === 1 && (
        <ButtonLink to="/playground" search={{ key: key.id }} icon={<MessagesSquare />}>
          {f('tryInPlayground')}
        </ButtonLink>
      )}
      {isOwn && (
        <Button icon={<Pencil />} onClick={onEdit}>
          {common('edit')}
        </Button>
      )}
      <Button
        icon={status === 1 ? <Play /> : <Pause />}
        busy={change.isPending}
        onClick={() => change.mutate()}
      >
        {t(status === 1 ? 'enable' : 'disable')}
      </Button>
      <Button icon={<Trash2 />} onClick={onDelete}>
        {common('delete')}
      </Button>
      {change.isError && (
        <span role="alert" className={styles.problem}>
          {problem}
        </span>
      )}
    </>
  );
}
