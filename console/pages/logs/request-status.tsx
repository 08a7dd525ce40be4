/** How a request ended, as a word with an icon, and the code of its error. */
import { Fragment } from 'react';
import { Status, type Tone } from '../../components/status.tsx';
import type { Translate } from '../../i18n/messages.ts';
import type { LogRecord } from './log-queries.ts';
import styles from './logs.module.css';

const looks = {
  ok: { tone: 'ok', label: 'stateOk' },
  error: { tone: 'danger', label: 'stateError' },
  aborted: { tone: 'warn', label: 'stateAborted' },
  '': { tone: 'neutral', label: 'noRequest' },
} as const satisfies Record<LogRecord['state'], { tone: Tone; label: Parameters<Translate<'logs'>>[0] }>;

interface RequestStatusProps {
  readonly record: Pick<LogRecord, 'state' | 'status' | 'error_code'>;
  readonly t: Translate<'logs'>;
}

export function RequestStatus({ record, t }: RequestStatusProps) {
  const { state, status, error_code: code } = record;
  const { tone, label } = looks[state];
  const detail = code || (state === 'error' ? String(status) : '');
  return (
    <span className={styles.status}>
      <Status tone={tone}>{t(label)}</Status>
      {detail !== '' && <span className={styles.errorCode}>{breakable(detail)}</span>}
    </span>
  );
}

/** A code breaks after an underscore only, and is copied without what allows that. */
function breakable(code: string) {
  return code.split(/(?<=_)/).map((word, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a word is known by its place; a code never changes.
    <Fragment key={index}>
      {word}
      <wbr />
    </Fragment>
  ));
}
