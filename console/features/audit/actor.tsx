/** Who made a change: the account by its name then, or in words where there was none. */
import { useMessages } from '../../i18n/messages.ts';
import { type AuditEntry, credentialWords } from './entry.ts';

export function Actor({ entry }: { readonly entry: AuditEntry }) {
  const t = useMessages('audit');
  const { actor_id: id, actor_name: name, credential } = entry;
  if (name !== '') return <bdi>{name}</bdi>;
  if (id !== 0) return <>{t('accountNumber', { id })}</>;
  return <>{t(credential === 'gateway' ? credentialWords.gateway : 'somebody')}</>;
}
