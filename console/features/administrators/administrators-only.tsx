/** A page for administrators. Others learn whom to ask, whatever link led them here. */
import { ShieldAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { useIsAdministrator } from '../../api/session.ts';
import { Page } from '../../components/page.tsx';
import { EmptyState } from '../../components/states.tsx';
import { useMessages } from '../../i18n/messages.ts';

interface AdministratorsOnlyProps {
  readonly title: string;
  readonly children: ReactNode;
}

export function AdministratorsOnly({ title, children }: AdministratorsOnlyProps) {
  const t = useMessages('common');
  if (useIsAdministrator()) return children;
  return (
    <Page title={title}>
      <EmptyState icon={<ShieldAlert aria-hidden="true" />} title={t('administratorsOnlyTitle')}>
        {t('administratorsOnlyText')}
      </EmptyState>
    </Page>
  );
}
