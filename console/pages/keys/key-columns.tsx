/** The columns of the keys table. Their ids are the orders that the gateway knows. */
import { Link } from '@tanstack/react-router';
import { Meter } from '../../components/meter.tsx';
import { Money } from '../../components/numbers.tsx';
import { Tag } from '../../components/status.tsx';
import type { Column } from '../../components/table/column.ts';
import { RelativeTime } from '../../components/time.tsx';
import { BudgetCell } from '../../features/keys/budget-cell.tsx';
import type { Key } from '../../features/keys/key.ts';
import { KeyStatus } from '../../features/keys/key-status.tsx';
import { KeyValue } from '../../features/keys/key-value.tsx';
import { format } from '../../format/format.ts';
import type { Translate } from '../../i18n/messages.ts';
import styles from './key-columns.module.css';

type T = Translate<'keys'>;

/** Hidden until the user shows them. */
export const startHidden = ['created', 'remaining', 'group'];

interface ColumnsOptions {
  /** Id of the signed-in account: only its own keys can be revealed. */
  readonly ownId: number;
  readonly isManaged: boolean;
  readonly actions: Column<Key>['cell'];
}

export function keyColumns(t: T, { ownId, isManaged, actions }: ColumnsOptions): readonly Column<Key>[] {
  const name: Column<Key> = {
    id: 'name',
    header: t('name'),
    isSortable: true,
    cell: (key) => nameCell(t, key),
  };
  const owner: Column<Key> = {
    id: 'owner',
    header: t('owner'),
    cell: ({ username }) => <bdi>{username}</bdi>,
    isHideable: true,
  };
  const value: Column<Key> = {
    id: 'value',
    header: t('value'),
    isHideable: true,
    cell: (key) => (
      <KeyValue
        id={key.id}
        name={shownName(t, key)}
        hint={key.hint}
        isRevealable={key.revealable && key.user_id === ownId}
      />
    ),
  };
  return [
    name,
    ...(isManaged ? [owner] : []),
    { id: 'status', header: t('status'), cell: ({ status }) => <KeyStatus status={status} /> },
    value,
    ...spendColumns(t),
    ...timeColumns(t),
    ...rightsColumns(t),
    { id: 'actions', header: t('actions'), isHeaderHidden: true, align: 'end', cell: actions },
  ];
}

/** A key without a name is named by its id. */
export const shownName = (t: T, { name, id }: Pick<Key, 'name' | 'id'>) =>
  name || t('unnamed', { id: String(id) });

function nameCell(t: T, key: Key) {
  return (
    <Link to="/token/$id" params={{ id: String(key.id) }} className={styles.name}>
      <bdi>{shownName(t, key)}</bdi>
    </Link>
  );
}

function spendColumns(t: T): readonly Column<Key>[] {
  return [
    { id: 'used', header: t('spent'), isSortable: true, cell: (key) => spentCell(t, key) },
    { id: 'budget', header: t('budget'), isHideable: true, cell: (key) => <BudgetCell keyOf={key} /> },
    {
      id: 'remaining',
      header: t('remaining'),
      align: 'end',
      isSortable: true,
      isHideable: true,
      cell: (key) => (key.unlimited_quota ? t('unlimited') : <Money units={key.remain_quota} />),
    },
  ];
}

function spentCell(t: T, { used_quota: used, remain_quota: left, unlimited_quota: isUnlimited }: Key) {
  if (isUnlimited) {
    return (
      <span className={styles.amount}>
        <Money units={used} /> <span className={styles.note}>{t('noLimit')}</span>
      </span>
    );
  }
  const total = used + Math.max(0, left);
  const text = t('ofTotal', { used: format.money(used), total: format.money(total) });
  return (
    <span className={styles.meter}>
      <span className={styles.amount}>{text}</span>
      <Meter label={t('quotaUsed')} share={total === 0 ? 1 : used / total} text={text} />
    </span>
  );
}

function timeColumns(t: T): readonly Column<Key>[] {
  return [
    {
      id: 'last_used',
      header: t('lastUsed'),
      isSortable: true,
      isHideable: true,
      cell: ({ last_used_time: at }) => (at === 0 ? muted(t('neverUsed')) : <RelativeTime at={at} />),
    },
    {
      id: 'expires',
      header: t('expires'),
      isSortable: true,
      isHideable: true,
      cell: ({ expired_time: at }) => (at === -1 ? muted(t('never')) : <RelativeTime at={at} />),
    },
    {
      id: 'created',
      header: t('created'),
      isSortable: true,
      isHideable: true,
      cell: ({ created_time: at }) => <RelativeTime at={at} />,
    },
  ];
}

function rightsColumns(t: T): readonly Column<Key>[] {
  return [
    { id: 'models', header: t('models'), isHideable: true, cell: (key) => modelsCell(t, key) },
    {
      id: 'group',
      header: t('group'),
      isHideable: true,
      cell: ({ group }) => (group === '' ? muted(t('ownGroup')) : <Tag>{group}</Tag>),
    },
  ];
}

const modelsShown = 1;

function modelsCell(t: T, { model_limits: list, model_limits_enabled: isLimited }: Key) {
  if (!isLimited) return muted(t('allModels'));
  const models = list === '' ? [] : list.split(',');
  const more = models.length - modelsShown;
  return (
    <span className={styles.models} title={models.join('\n')}>
      {models.length === 0 && t('noModels')}
      {models.slice(0, modelsShown).map((model) => (
        <Tag key={model}>{model}</Tag>
      ))}
      {more > 0 && <span className={styles.note}>{t('moreModels', { count: more })}</span>}
    </span>
  );
}

const muted = (text: string) => <span className={styles.note}>{text}</span>;
