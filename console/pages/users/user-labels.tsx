/** The role, state and balance of an account. */
import { CirclePause } from 'lucide-react';
import { type Account, roles } from '../../api/session.ts';
import { Money } from '../../components/numbers.tsx';
import { Status, Tag } from '../../components/status.tsx';
import { type MessageOf, useMessages } from '../../i18n/messages.ts';

const roleNames: Readonly<Record<number, MessageOf<'users'>>> = {
  [roles.user]: 'roleUser',
  [roles.administrator]: 'roleAdministrator',
  [roles.root]: 'roleRoot',
};

export function RoleTag({ role }: { readonly role: number }) {
  const t = useMessages('users');
  return <Tag>{t(roleNames[role] ?? 'roleUser')}</Tag>;
}

export function AccountStatus({ status }: { readonly status: number }) {
  const t = useMessages('users');
  return status === 1 ? (
    <Status tone="ok">{t('enabled')}</Status>
  ) : (
    <Status tone="neutral" icon={CirclePause}>
      {t('disabled')}
    </Status>
  );
}

export function Balance({ account }: { readonly account: Account }) {
  const t = useMessages('common');
  return account.unlimited_quota ? t('unlimited') : <Money units={account.quota} />;
}
