/** The columns of the audit log. */
import { Link } from '@tanstack/react-router';
import type { Column } from '../../components/table/column.ts';
import { DateTime, RelativeTime } from '../../components/time.tsx';
import { Action } from '../../features/audit/action.tsx';
import { Actor } from '../../features/audit/actor.tsx';
import { type AuditEntry, credentialWords, objectWords, secondsOf } from '../../features/audit/entry.ts';
import type { Translate } from '../../i18n/messages.ts';
import styles from './audit-page.module.css';

interface EntryCellProps {
  readonly entry: AuditEntry;
  readonly t: Translate<'audit'>;
}

/** Says no more than the name that stands before it. */
const unnamed: ReadonlySet<AuditEntry['credential']> = new Set(['gateway', 'none']);
/** Fields that a row names; more are counted. */
const namedMax = 2;

export function auditColumns(t: Translate<'audit'>): readonly Column<AuditEntry>[] {
  return [
    { id: 'time', header: t('time'), cell: (entry) => <EntryTime at={secondsOf(entry)} /> },
    { id: 'action', header: t('action'), cell: (entry) => <Action entry={entry} /> },
    {
      id: 'object',
      header: t('object'),
      cell: (entry) => <OpenEntry entry={entry} t={t} />,
    },
    {
      id: 'actor',
      header: t('who'),
      cell: (entry) => (
        <span className={styles.pair}>
          <Actor entry={entry} />
          {!unnamed.has(entry.credential) && (
            <span className={styles.muted}>{t(credentialWords[entry.credential])}</span>
          )}
        </span>
      ),
    },
    { id: 'changes', header: t('changes'), cell: (entry) => <ChangedFields entry={entry} t={t} /> },
    {
      id: 'address',
      header: t('address'),
      cell: ({ address }) => <span className={styles.address}>{address}</span>,
    },
  ];
}

/** The whole time, and on a phone how long ago. */
function EntryTime({ at }: { readonly at: number }) {
  return (
    <>
      <span className={styles.wide}>
        <DateTime at={at} />
      </span>
      <span className={styles.narrow}>
        <RelativeTime at={at} />
      </span>
    </>
  );
}

/** Names the object, and opens the entry in the side sheet. */
function OpenEntry({ entry, t }: EntryCellProps) {
  const { object_type: type, object_name: name, object_id: id } = entry;
  return (
    <Link
      from="/audit"
      to="/audit"
      search={(old) => ({ ...old, open: entry.id })}
      resetScroll={false}
      className={styles.open}
    >
      <span className={styles.type}>{t(objectWords[type])}</span>
      {name !== '' && <bdi>{name}</bdi>}
      {name === '' && id !== 0 && <span>#{id}</span>}
    </Link>
  );
}

function ChangedFields({ entry: { changes }, t }: EntryCellProps) {
  const named = changes.slice(0, namedMax);
  const more = changes.length - named.length;
  return (
    <span className={styles.fields}>
      {named.map(({ field }) => (
        <code key={field}>{field}</code>
      ))}
      {more > 0 && <span className={styles.muted}>{t('moreFields', { count: more })}</span>}
    </span>
  );
}
