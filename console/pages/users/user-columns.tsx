/** The columns of the accounts table. */
import { Link } from '@tanstack/react-router';
import type { Account } from '../../api/session.ts';
import { Count, Money } from '../../components/numbers.tsx';
import { Tag } from '../../components/status.tsx';
import type { Column } from '../../components/table/column.ts';
import { Day } from '../../components/time.tsx';
import type { Translate } from '../../i18n/messages.ts';
import { AccountStatus, Balance, RoleTag } from './user-labels.tsx';
import styles from './users.module.css';

export function userColumns(t: Translate<'users'>): readonly Column<Account>[] {
  return [
    {
      id: 'name',
      header: t('account'),
      cell: ({ id, username, display_name }) => (
        <div className={styles.name}>
          <Link from="/user" to="/user" search={(old) => ({ ...old, open: id })}>
            <bdi>{username}</bdi>
          </Link>
          {display_name !== username && <bdi className={styles.note}>{display_name}</bdi>}
        </div>
      ),
    },
    { id: 'status', header: t('status'), cell: ({ status }) => <AccountStatus status={status} /> },
    { id: 'role', header: t('role'), cell: ({ role }) => <RoleTag role={role} /> },
    { id: 'group', header: t('group'), cell: ({ group }) => <Tag>{group}</Tag> },
    { id: 'balance', header: t('balance'), align: 'end', cell: (account) => <Balance account={account} /> },
    {
      id: 'used',
      header: t('used'),
      align: 'end',
      cell: ({ used_quota: units }) => <Money units={units} />,
    },
    {
      id: 'requests',
      header: t('requests'),
      align: 'end',
      cell: ({ request_count: value }) => <Count value={value} />,
    },
    { id: 'created', header: t('created'), cell: ({ created_time: at }) => <Day at={at} /> },
  ];
}
