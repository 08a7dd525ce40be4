/** One entry of the audit log, whole, in a side sheet. Load it with `lazy`. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useRef } from 'react';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { Sheet } from '../../components/dialog.tsx';
import { type Fact, Facts } from '../../components/facts.tsx';
import { Inline, Stack } from '../../components/stack.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { Action } from '../../features/audit/action.tsx';
import { Actor } from '../../features/audit/actor.tsx';
import { type AuditEntry, credentialWords, secondsOf } from '../../features/audit/entry.ts';
import { EntryChanges } from '../../features/audit/entry-changes.tsx';
import { objectName } from '../../features/audit/object-name.ts';
import { format } from '../../format/format.ts';
import { type Translate, useMessages } from '../../i18n/messages.ts';
import styles from './audit-page.module.css';
import { entryQuery } from './audit-queries.ts';
import type { AuditSearch } from './route.ts';

interface EntrySheetProps {
  readonly id: number;
  /** The entry, if the list has it. */
  readonly known: AuditEntry | undefined;
  readonly isAdministrator: boolean;
  readonly onClose: () => void;
  /** Shows the entries that match, in the list. */
  readonly onFilter: (filter: Partial<AuditSearch>) => void;
}

const skeletonHeight = 16;

export function EntrySheet({ id, known, isAdministrator, onClose, onFilter }: EntrySheetProps) {
  const t = useMessages('audit');
  const { data, error, refetch } = useQuery({
    ...entryQuery(id, isAdministrator),
    enabled: known === undefined,
  });
  const entry = known ?? data;
  // A control would scroll the sheet to its place.
  const start = useRef<HTMLDivElement>(null);
  return (
    <Sheet
      open
      onClose={onClose}
      initialFocus={start}
      title={entry ? objectName(t, entry) : t('entry')}
      description={entry && <EntryTime entry={entry} />}
      footer={entry && isAdministrator && <Filters entry={entry} onFilter={onFilter} />}
    >
      <div ref={start} tabIndex={-1} className={styles.sheet}>
        {error && <ErrorState error={error} onRetry={() => void refetch()} />}
        {entry === null && <p>{t('noSuchEntry')}</p>}
        {entry === undefined && !error && <Skeleton height={skeletonHeight} />}
        {entry && (
          <Stack gap="lg">
            {entry.changes.length > 0 && <EntryChanges changes={entry.changes} />}
            <Facts items={factsOf(t, entry, isAdministrator)} />
          </Stack>
        )}
      </div>
    </Sheet>
  );
}

function EntryTime({ entry }: { readonly entry: AuditEntry }) {
  const { created_ms: ms } = entry;
  return (
    <time dateTime={new Date(ms).toISOString()} title={new Date(ms).toISOString()}>
      {format.date(secondsOf(entry))}, {format.timeOfDay(ms)}
    </time>
  );
}

function factsOf(t: Translate<'audit'>, entry: AuditEntry, isAdministrator: boolean): readonly Fact[] {
  const { credential, credential_id, actor_id, owner_id, address, user_agent, request_id, object_id } = entry;
  const number = (id: number) => (id === 0 ? '' : ` #${id}`);
  const facts: readonly (Fact | false)[] = [
    { name: t('action'), value: <Action entry={entry} /> },
    {
      name: t('who'),
      value: (
        <>
          <Actor entry={entry} />
          <span className={styles.muted}>{number(actor_id)}</span>
        </>
      ),
    },
    {
      name: t('credential'),
      value: (
        <>
          {t(credentialWords[credential])} {credential_id !== '' && <code>{credential_id}</code>}
        </>
      ),
    },
    address !== '' && { name: t('address'), value: <code>{address}</code> },
    user_agent !== '' && { name: t('client'), value: <bdi>{user_agent}</bdi> },
    object_id !== 0 && { name: t('number'), value: <ObjectNumber entry={entry} /> },
    entry.object_type === 'key' &&
      entry.action === 'deleted' && {
        name: t('receipt'),
        value: <KeyReceipt keyId={object_id} isAdministrator={isAdministrator} />,
      },
    owner_id !== 0 && { name: t('owner'), value: <Owner id={owner_id} isAdministrator={isAdministrator} /> },
    request_id !== '' && {
      name: t('request'),
      value: (
        <span className={styles.request}>
          <code>{request_id}</code>
          <CopyButton size="sm" variant="ghost" text={request_id} label={t('copyRequest')} />
        </span>
      ),
    },
  ];
  return facts.filter((fact) => fact !== false);
}

/** Of a key it leads to the key's page. */
function ObjectNumber({ entry: { object_type: type, object_id: id } }: { readonly entry: AuditEntry }) {
  const number = `#${id}`;
  if (type !== 'key') return <>{number}</>;
  return (
    <Link to="/token/$id" params={{ id: String(id) }}>
      {number}
    </Link>
  );
}

/** The receipt of the deletion, in the list of receipts. */
function KeyReceipt({
  keyId,
  isAdministrator,
}: {
  readonly keyId: number;
  readonly isAdministrator: boolean;
}) {
  const t = useMessages('audit');
  return (
    <Link to="/receipt" search={{ key: keyId, ...(isAdministrator && { scope: 'managed' }) }}>
      {t('showReceipt')}
    </Link>
  );
}

/** The account that the object belongs to. It leads to all that happened to its objects. */
function Owner({ id, isAdministrator }: { readonly id: number; readonly isAdministrator: boolean }) {
  const t = useMessages('audit');
  const name = t('accountNumber', { id: String(id) });
  if (!isAdministrator) return <>{name}</>;
  return (
    <Link from="/audit" to="/audit" search={{ owner: id }}>
      {name}
    </Link>
  );
}

function Filters({ entry, onFilter }: { readonly entry: AuditEntry } & Pick<EntrySheetProps, 'onFilter'>) {
  const t = useMessages('audit');
  const { actor_id: actor, object_type: type, object_id: id, address } = entry;
  return (
    <Inline>
      {id !== 0 && (
        <Button size="sm" onClick={() => onFilter({ type, id })}>
          {t('sameObject')}
        </Button>
      )}
      {actor !== 0 && (
        <Button size="sm" onClick={() => onFilter({ actor })}>
          {t('sameActor')}
        </Button>
      )}
      {address !== '' && (
        <Button size="sm" onClick={() => onFilter({ address })}>
          {t('sameAddress')}
        </Button>
      )}
    </Inline>
  );
}
