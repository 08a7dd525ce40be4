/** The sheet of a channel: how it is, a test of its models, its settings, and its end. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { api, responseOf } from '../../api/client.ts';
import { announce } from '../../components/announcer.tsx';
import { Button } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { Sheet } from '../../components/dialog.tsx';
import { useDiscard } from '../../components/discard.tsx';
import { Stack } from '../../components/stack.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { SwitchField } from '../../components/toggle.tsx';
import { LazyObjectHistory } from '../../features/audit/lazy.ts';
import { useMessages } from '../../i18n/messages.ts';
import { type Channel, channelQuery, channelsKey, healthQuery, kindsQuery } from './channel-queries.ts';
import { ChannelTests } from './channel-tests.tsx';
import styles from './channels.module.css';
import { EditChannel } from './edit-channel.tsx';
import { HealthDetails } from './health-status.tsx';
import { kindTitle } from './kind-title.ts';

const DeleteChannel = lazy(async () => ({ default: (await import('./delete-channel.tsx')).DeleteChannel }));

interface ChannelSheetProps {
  readonly id: number;
  readonly onClose: () => void;
  readonly onDeleted: () => void;
}

const placeHeight = 20;

export function ChannelSheet({ id, onClose, onDeleted }: ChannelSheetProps) {
  const t = useMessages('channels');
  const { data: channel, error, refetch } = useQuery(channelQuery(id));
  const [isDirty, setDirty] = useState(false);
  const discard = useDiscard(isDirty, 'open');
  const { data: kinds } = useQuery(kindsQuery);
  const kind = kinds?.find((each) => each.kind === channel?.kind);
  return (
    <Sheet
      open
      wide
      onClose={onClose}
      title={channel?.name ?? t('channel')}
      description={kind ? kindTitle(t, kind) : ''}
    >
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!channel && !error && <Skeleton height={placeHeight} />}
      {channel && (
        <Stack gap="lg">
          <State channel={channel} />
          <ChannelTests channel={channel} />
          <EditChannel channel={channel} onDirty={setDirty} />
          <Suspense>
            <LazyObjectHistory type="channel" id={channel.id} />
          </Suspense>
          <Deletion channel={channel} onDeleted={onDeleted} />
        </Stack>
      )}
      {discard}
    </Sheet>
  );
}

function State({ channel }: { readonly channel: Channel }) {
  const t = useMessages('channels');
  const queryClient = useQueryClient();
  const { data } = useQuery(healthQuery);
  const health = data?.find(({ id }) => id === channel.id);
  const change = useMutation({
    mutationFn: (status: 1 | 2) => responseOf(api.PUT('/api/channel', { body: { id: channel.id, status } })),
    onSuccess: (_response, status) => announce(t(status === 1 ? 'nowEnabled' : 'nowDisabled')),
    onSettled: () => queryClient.invalidateQueries({ queryKey: channelsKey }),
  });
  return (
    <Stack>
      {change.error && <ErrorState error={change.error} />}
      <SwitchField
        label={t('enabled')}
        hint={t('enabledHint')}
        checked={channel.status === 1}
        onChange={(checked) => change.mutate(checked ? 1 : 2)}
      />
      {change.data?.warnings.map((warning) => (
        <Callout key={warning} tone="warn" title={warning} />
      ))}
      {health && <HealthDetails health={health} />}
    </Stack>
  );
}

function Deletion({ channel, onDeleted }: { readonly channel: Channel; readonly onDeleted: () => void }) {
  const t = useMessages('channels');
  const [isOpen, setOpen] = useState(false);
  return (
    <section className={styles.end}>
      <div>
        <h3>{t('deleteTitle')}</h3>
        <p className={styles.note}>{t('deleteHint')}</p>
      </div>
      <Button onClick={() => setOpen(true)}>{t('delete')}</Button>
      <Suspense>
        {isOpen && <DeleteChannel channel={channel} onClose={() => setOpen(false)} onDeleted={onDeleted} />}
      </Suspense>
    </section>
  );
}
