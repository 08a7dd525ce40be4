/** The columns of the channels table. */
import { Link } from '@tanstack/react-router';
import { Skeleton } from '../../components/states.tsx';
import { Tag } from '../../components/status.tsx';
import type { Column } from '../../components/table/column.ts';
import { format } from '../../format/format.ts';
import type { Translate } from '../../i18n/messages.ts';
import type { Channel, ChannelHealth } from './channel-queries.ts';
import styles from './channels.module.css';
import { HealthStatus } from './health-status.tsx';
import { InlineNumber } from './inline-number.tsx';

const shownModels = 2;
const priorityMax = 1_000_000;

interface Context {
  readonly t: Translate<'channels'>;
  /** By id; undefined while it is read. */
  readonly health: ReadonlyMap<number, ChannelHealth> | undefined;
  /** Titles of kinds. */
  readonly kinds: ReadonlyMap<string, string>;
  readonly onChange: (channel: Channel, change: { priority?: number; weight?: number }) => Promise<unknown>;
}

export function channelColumns({ t, health, kinds, onChange }: Context): readonly Column<Channel>[] {
  return [
    {
      id: 'name',
      header: t('name'),
      cell: ({ id, name, kind }) => (
        <div className={styles.name}>
          <Link from="/channel" to="/channel" search={(old) => ({ ...old, open: id })}>
            <bdi>{name}</bdi>
          </Link>
          <span className={styles.kind}>{kinds.get(kind) ?? kind}</span>
        </div>
      ),
    },
    {
      id: 'state',
      header: t('state'),
      cell: ({ id }) => {
        const state = health?.get(id)?.state;
        return state === undefined ? <Skeleton height={1.25} /> : <HealthStatus state={state} />;
      },
    },
    {
      id: 'models',
      header: t('models'),
      isHideable: true,
      cell: ({ models }) => (
        <div className={styles.models} title={models.slice(0, 50).join('\n')}>
          {models.slice(0, shownModels).map((model) => (
            <code key={model}>
              <bdi>{model}</bdi>
            </code>
          ))}
          {models.length > shownModels && (
            <span>{t('moreModels', { count: models.length - shownModels })}</span>
          )}
        </div>
      ),
    },
    {
      id: 'groups',
      header: t('groups'),
      isHideable: true,
      cell: ({ groups }) => (
        <div className={styles.groups}>
          {groups.map((group) => (
            <Tag key={group}>{group}</Tag>
          ))}
        </div>
      ),
    },
    {
      id: 'priority',
      header: t('priority'),
      align: 'end',
      cell: (channel) => (
        <InlineNumber
          label={t('priorityOf', { name: channel.name })}
          value={channel.priority}
          min={-priorityMax}
          max={priorityMax}
          onSave={(priority) => onChange(channel, { priority })}
        />
      ),
    },
    {
      id: 'weight',
      header: t('weight'),
      align: 'end',
      cell: (channel) => (
        <InlineNumber
          label={t('weightOf', { name: channel.name })}
          value={channel.weight}
          min={0}
          max={priorityMax}
          onSave={(weight) => onChange(channel, { weight })}
        />
      ),
    },
    {
      id: 'keys',
      header: t('keys'),
      align: 'end',
      isHideable: true,
      cell: ({ id, has_keys }) => {
        const found = health?.get(id);
        return <span className={styles.keys}>{keysText(t, has_keys, found)}</span>;
      },
    },
  ];
}

function keysText(t: Translate<'channels'>, hasKeys: boolean, health: ChannelHealth | undefined): string {
  if (!hasKeys) return t('noKeys');
  if (!health || health.keys === 0) return t('someKeys');
  const { keys, keys_resting } = health;
  return keys_resting === 0 ? format.count(keys) : t('keyCount', { keys, awake: keys - keys_resting });
}
