/** What was done, as a word with an icon. */
import { Status } from '../../components/status.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { type AuditEntry, actionLooks } from './entry.ts';

export function Action({ entry }: { readonly entry: Pick<AuditEntry, 'action'> }) {
  const t = useMessages('audit');
  const { word, tone, icon } = actionLooks[entry.action];
  return (
    <Status tone={tone} icon={icon}>
      {t(word)}
    </Status>
  );
}
