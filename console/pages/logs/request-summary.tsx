/** What was requested, by whom, and how it ended. */
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useAccount } from '../../api/session.ts';
import { Callout } from '../../components/callout.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { type Fact, Facts } from '../../components/facts.tsx';
import { Inline } from '../../components/stack.tsx';
import { DateTime } from '../../components/time.tsx';
import { format } from '../../format/format.ts';
import { useMessages } from '../../i18n/messages.ts';
import type { LogDetail } from './log-queries.ts';
import type { LogSearch } from './log-search.ts';
import styles from './logs.module.css';
import { RequestStatus } from './request-status.tsx';

export function RequestSummary({ detail }: { readonly detail: LogDetail }) {
  const t = useMessages('logs');
  const { record, error, operation, path, task_id: taskId, session } = detail;
  const named = (name: string, value: string): Fact[] =>
    value === '' ? [] : [{ name, value: <bdi className={styles.name}>{value}</bdi> }];
  const facts: readonly Fact[] = [
    { name: t('status'), value: <RequestStatus record={record} t={t} /> },
    { name: t('outcome'), value: outcomeOf(t, record.outcome) },
    { name: t('time'), value: <DateTime at={record.created_at} /> },
    ...(record.token_id === 0
      ? []
      : [
          {
            name: t('key'),
            value: (
              <OnlyThese by={{ key: [record.token_id] }}>
                <KeyName record={record} />
              </OnlyThese>
            ),
          },
        ]),
    ...(record.model_name === ''
      ? []
      : [
          {
            name: t('model'),
            value: (
              <OnlyThese by={record.model_name.includes(',') ? {} : { model: [record.model_name] }}>
                <bdi className={styles.name}>{record.model_name}</bdi>
              </OnlyThese>
            ),
          },
        ]),
    ...named(t('operation'), operation),
    ...(operation.startsWith('jobs.') ? [{ name: t('job'), value: <JobLink record={record} /> }] : []),
    ...named(t('path'), path),
    ...(taskId === '' ? [] : [{ name: t('task'), value: <Copied text={taskId} label={t('copyTask')} /> }]),
    ...(session ? [{ name: t('session'), value: <SessionPlace session={session} /> }] : []),
    ...named(t('account'), record.username),
    ...named(t('group'), record.group),
    ...named(t('address'), record.ip),
    ...named(t('content'), record.content),
    ...(record.response_id === ''
      ? []
      : [{ name: t('responseId'), value: <Copied text={record.response_id} label={t('copyResponseId')} /> }]),
    { name: t('requestId'), value: <Copied text={record.request_id} label={t('copyRequestId')} /> },
  ];
  return (
    <>
      {error && (
        <Callout tone="danger" title={error.code}>
          <span>{error.text}</span>
          {error.documentation !== '' && (
            <a className={styles.note} href={error.documentation} target="_blank" rel="noreferrer">
              {t('documentation')}
            </a>
          )}
        </Callout>
      )}
      <Facts items={facts.filter(({ value }) => value !== '')} />
    </>
  );
}

const outcomes = [
  'done',
  'error',
  'client_gone',
  'client_stalled',
  'finished_alone',
  'cut',
  'upstream_broken',
] as const;

function outcomeOf(t: ReturnType<typeof useMessages<'logs'>>, outcome: string): string {
  const known = outcomes.find((name) => name === outcome);
  return known ? t(`outcome_${known}`) : outcome;
}

/** The name of the key as it was then; that of an own key leads to its page. */
function KeyName({ record }: { readonly record: LogDetail['record'] }) {
  const { id: ownId } = useAccount();
  const { token_id: id, token_name: name, user_id: owner } = record;
  const text = <bdi className={styles.name}>{name || `#${id}`}</bdi>;
  if (owner !== ownId) return text;
  return (
    <Link to="/token/$id" params={{ id: String(id) }}>
      {text}
    </Link>
  );
}

/** The job that the request submitted. */
function JobLink({
  record: { request_id: request, user_id: owner },
}: {
  readonly record: LogDetail['record'];
}) {
  const t = useMessages('logs');
  const { id: ownId } = useAccount();
  return (
    <Link to="/task" search={{ request, ...(owner !== ownId && { all: true, user: owner }) }}>
      {t('openJob')}
    </Link>
  );
}

interface OnlyTheseProps {
  readonly by: Partial<LogSearch>;
  readonly children: ReactNode;
}

/** A fact with a link to all requests that share it. */
function OnlyThese({ by, children }: OnlyTheseProps) {
  const t = useMessages('logs');
  return (
    <Inline>
      {children}
      <Link
        from="/log"
        to="/log"
        search={(old) => ({ ...old, ...by, request: undefined, before: undefined })}
      >
        {t('onlyThis')}
      </Link>
    </Inline>
  );
}

function Copied({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <Inline>
      <code className={styles.id}>{text}</code>
      <CopyButton text={text} label={label} size="sm" />
    </Inline>
  );
}

/** Which one of its session this is, with links to the ones beside it. */
function SessionPlace({ session }: { readonly session: NonNullable<LogDetail['session']> }) {
  const t = useMessages('logs');
  const { request_id: id, number, previous, next } = session;
  const steps = [
    { to: previous, label: t('sessionPrevious') },
    { to: next, label: t('sessionNext') },
  ].filter(({ to }) => to !== '');
  return (
    <>
      <Copied text={id} label={t('copySession')} />
      <Inline>
        <span>{t('sessionPlace', { number: format.count(number) })}</span>
        {steps.map(({ to, label }) => (
          <Link
            key={to}
            from="/log"
            to="/log"
            search={(old) => ({ ...old, request: to })}
            resetScroll={false}
          >
            {label}
          </Link>
        ))}
      </Inline>
    </>
  );
}
