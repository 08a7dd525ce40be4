/** What a receipt says in a few facts: requests ended, jobs that nobody can fetch any more, last admission, who asked. */
import { Link } from '@tanstack/react-router';
import { Facts } from '../../components/facts.tsx';
import { Moment } from '../../components/time.tsx';
import { format } from '../../format/format.ts';
import { type Translate, useMessages } from '../../i18n/messages.ts';
import { endedOf, lastAdmission, type ReceiptDocument } from './receipt.ts';

interface ReceiptFactsProps {
  readonly receipt: ReceiptDocument;
  /** Only what matters right after the deletion. */
  readonly isShort?: boolean;
}

export function ReceiptFacts({ receipt, isShort = false }: ReceiptFactsProps) {
  const t = useMessages('receipts');
  const { key, requested_by: by, open_jobs: jobs = 0 } = receipt;
  const first = [
    { name: t('requestsEnded'), value: <EndedText receipt={receipt} /> },
    ...(jobs > 0
      ? [{ name: t('jobsLeft'), value: t('jobsLeftCount', { count: jobs, shown: format.count(jobs) }) }]
      : []),
    { name: t('lastAdmission'), value: <LastAdmission receipt={receipt} /> },
  ];
  const rest = [
    { name: t('key'), value: <bdi>{key.name || `#${key.id}`}</bdi> },
    { name: t('keyId'), value: key.id },
    { name: t('value'), value: <code>{key.hint}</code> },
    { name: t('digest'), value: <code>{key.digest_prefix}…</code> },
    { name: t('requestedBy'), value: <RequestedBy by={by} /> },
    { name: t('address'), value: by.address === '' ? t('thisMachine') : <code>{by.address}</code> },
    { name: t('requestId'), value: <RequestEntries id={by.request_id} /> },
    { name: t('committed'), value: <MaybeMoment ms={receipt.committed_at_ms} t={t} /> },
    { name: t('confirmed'), value: <MaybeMoment ms={receipt.confirmed_at_ms} t={t} /> },
  ];
  return <Facts items={isShort ? first : [...first, ...rest]} />;
}

function EndedText({ receipt }: { readonly receipt: ReceiptDocument }) {
  const t = useMessages('receipts');
  const { count, unknown } = endedOf(receipt.nodes);
  const text = t('endedCount', { count, shown: format.count(count) });
  return <>{unknown > 0 ? `${text} ${t('endedUnknown', { count: unknown })}` : text}</>;
}

function LastAdmission({ receipt }: { readonly receipt: ReceiptDocument }) {
  const t = useMessages('receipts');
  const last = lastAdmission(receipt.nodes);
  const unknown = receipt.nodes.filter(({ last_admission }) => last_admission.kind === 'not_after');
  const latest = Math.max(...unknown.map(({ last_admission }) => last_admission.ms));
  return (
    <span>
      {last ? (
        <>
          <Moment ms={last.ms} /> <bdi>{t('onNode', { node: last.node })}</bdi>
        </>
      ) : (
        <NoAdmission receipt={receipt} />
      )}
      {unknown.length > 0 && (
        <>
          <br />
          {t('unknownAdmission', { count: unknown.length })} <Moment ms={latest} />
        </>
      )}
    </span>
  );
}

/** From when on every node would know of an admission. */
function NoAdmission({ receipt }: { readonly receipt: ReceiptDocument }) {
  const t = useMessages('receipts');
  const since = receipt.nodes.flatMap(({ last_admission: { kind, ms } }) =>
    kind === 'none_since' ? [ms] : [],
  );
  if (since.length === 0) return t('notKnown');
  return (
    <>
      {t('noneSince')} <Moment ms={Math.max(...since)} withDate />
    </>
  );
}

function RequestedBy({ by }: { readonly by: ReceiptDocument['requested_by'] }) {
  const t = useMessages('receipts');
  const credential = t(`credential_${by.credential}`);
  if (by.account_name === '') return <>{credential}</>;
  return (
    <span>
      <bdi>{by.account_name}</bdi> · {credential}
    </span>
  );
}

/** It leads to what the same request left in the audit log. */
function RequestEntries({ id }: { readonly id: string }) {
  if (id === '') return null;
  return (
    <Link to="/audit" search={{ q: id }}>
      <code>{id}</code>
    </Link>
  );
}

function MaybeMoment({ ms, t }: { readonly ms: number | null; readonly t: Translate<'receipts'> }) {
  return ms === null ? t('notKnown') : <Moment ms={ms} withDate />;
}
