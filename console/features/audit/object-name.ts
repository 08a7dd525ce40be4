/** Names the object of an entry: its type, its name then, its number. */
import type { Translate } from '../../i18n/messages.ts';
import { type AuditEntry, objectWords } from './entry.ts';

/** @returns for example `API key “website”`, `Account #7`; names are isolated, since they may run in any direction */
export function objectName(t: Translate<'audit'>, entry: AuditEntry): string {
  const { object_type: type, object_name: name, object_id: id } = entry;
  const word = t(objectWords[type]);
  if (name !== '') return t('objectNamed', { type: word, name: `\u2068${name}\u2069` });
  return id === 0 ? word : t('objectNumbered', { type: word, id: String(id) });
}
