/** The fields that a change touched, before and after. Of a secret only that it changed. */
import { LockKeyhole } from 'lucide-react';
import { useMessages } from '../../i18n/messages.ts';
import styles from './audit.module.css';
import type { AuditEntry } from './entry.ts';
import { FieldValue } from './field-value.tsx';

type Change = AuditEntry['changes'][number];

export function EntryChanges({ changes }: { readonly changes: readonly Change[] }) {
  return (
    <dl className={styles.changes}>
      {changes.map((change) => (
        <div key={change.field} className={styles.change}>
          <dt>
            <code>{change.field}</code>
          </dt>
          <ChangedValue {...change} />
        </div>
      ))}
    </dl>
  );
}

function ChangedValue({ field, secret, before, after }: Change) {
  const t = useMessages('audit');
  if (secret) {
    return (
      <dd className={styles.secret}>
        <LockKeyhole aria-hidden="true" />
        {t('secretChanged')}
      </dd>
    );
  }
  return (
    <dd className={styles.values}>
      {before !== undefined && (
        <del className={styles.before}>
          <FieldValue field={field} value={before} />
        </del>
      )}
      {after !== undefined && (
        <ins className={styles.after}>
          <FieldValue field={field} value={after} />
        </ins>
      )}
    </dd>
  );
}
