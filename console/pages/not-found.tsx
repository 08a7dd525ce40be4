/** The page of an unknown address, which stands alone. */
import { Compass } from 'lucide-react';
import { ButtonLink } from '../components/button.tsx';
import { Page } from '../components/page.tsx';
import { EmptyState } from '../components/states.tsx';
import { useMessages } from '../i18n/messages.ts';

export function NotFound() {
  const t = useMessages('common');
  return (
    <main>
      <Page title={t('notFoundTitle')}>
        <EmptyState
          icon={<Compass aria-hidden="true" />}
          title={t('notFoundTitle')}
          action={
            <ButtonLink to="/" variant="primary">
              {t('toOverview')}
            </ButtonLink>
          }
        >
          {t('notFoundText')}
        </EmptyState>
      </Page>
    </main>
  );
}
