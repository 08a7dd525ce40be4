/** The settings of one's own account. */
import { roles, useAccount } from '../../api/session.ts';
import { Facts } from '../../components/facts.tsx';
import { Page, Section } from '../../components/page.tsx';
import { Tag } from '../../components/status.tsx';
import { Day } from '../../components/time.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { AccessTokenSection } from './access-token-section.tsx';
import { PasswordSection } from './password-section.tsx';
import { PreferencesSection } from './preferences-section.tsx';
import { SessionsSection } from './sessions-section.tsx';

export function PersonalPage() {
  const common = useMessages('common');
  const t = useMessages('personal');
  const { id, username, role, group, created_time: created } = useAccount();
  const roleName =
    role >= roles.root ? 'roleRoot' : role >= roles.administrator ? 'roleAdministrator' : 'roleUser';
  return (
    <Page title={common('personal')} description={t('description')} width="narrow">
      <Section title={t('account')}>
        <Facts
          items={[
            { name: t('username'), value: <bdi>{username}</bdi> },
            { name: t('accountId'), value: <code>{id}</code> },
            { name: t('role'), value: <Tag>{t(roleName)}</Tag> },
            { name: t('group'), value: <bdi>{group}</bdi> },
            { name: t('created'), value: <Day at={created} /> },
          ]}
        />
      </Section>
      <AccessTokenSection />
      <PreferencesSection />
      <PasswordSection />
      <SessionsSection />
    </Page>
  );
}
