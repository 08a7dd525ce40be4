/** What is asked before keys are deleted: which ones, what runs with them, and the name as a confirmation. */
import { TextField } from '../../components/field.tsx';
import { isolated } from '../../format/isolate.ts';
import { useMessages } from '../../i18n/messages.ts';
import styles from './deletion.module.css';
import type { DoomedKey } from './doomed-key.ts';
import { RunningOfKeys } from './running-now.tsx';

interface DeletionQuestionProps {
  readonly keys: readonly DoomedKey[];
  readonly confirmation: string;
  readonly typed: string;
  readonly hintId: string;
  /** The button was let go too early, or another text was typed. */
  readonly isUnconfirmed: boolean;
  readonly disabled: boolean;
  readonly onType: (text: string) => void;
  readonly onSubmit: () => void;
}

export function DeletionQuestion(props: DeletionQuestionProps) {
  const { keys, confirmation, typed, hintId, isUnconfirmed, disabled, onType, onSubmit } = props;
  const t = useMessages('receipts');
  const isSeveral = keys.length > 1;
  return (
    <form
      className={styles.question}
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <p>{t('askText', { count: keys.length })}</p>
      <RunningOfKeys ids={keys.map(({ id }) => id)} isFinal />
      {isSeveral && (
        <ul className={styles.names}>
          {keys.map(({ id, name }) => (
            <li key={id}>
              <bdi>{name.trim() || `#${id}`}</bdi>
            </li>
          ))}
        </ul>
      )}
      <TextField
        label={t(isSeveral ? 'typeCount' : 'typeName', { text: isolated(confirmation) })}
        value={typed}
        disabled={disabled}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => onType(event.target.value)}
      />
      <p id={hintId} className={styles.hint} data-unconfirmed={isUnconfirmed || undefined}>
        {t(isUnconfirmed ? 'unconfirmed' : 'holdHint')}
      </p>
    </form>
  );
}
