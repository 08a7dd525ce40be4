/** Where a message is written and sent. */
import { Send } from 'lucide-react';
import { type KeyboardEvent, useId } from 'react';
import { useMessages } from '../../i18n/messages.ts';
import styles from './playground.module.css';
import { SendOrStop } from './send-or-stop.tsx';

interface ComposerProps {
  readonly draft: string;
  readonly onDraft: (draft: string) => void;
  readonly isRunning: boolean;
  /** Whether there is something to send it to. */
  readonly isReady: boolean;
  readonly onSend: () => void;
  readonly onStop: () => void;
}

export function Composer({ draft, onDraft, isRunning, isReady, onSend, onStop }: ComposerProps) {
  const t = useMessages('playground');
  const id = useId();
  const canSend = isReady && !isRunning && draft.trim() !== '';
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (canSend) onSend();
  };
  return (
    <form
      className={styles.composer}
      onSubmit={(event) => {
        event.preventDefault();
        if (canSend) onSend();
      }}
    >
      <label htmlFor={id} className={styles.composerLabel}>
        {t('prompt')}
      </label>
      <textarea
        id={id}
        rows={3}
        className={styles.draft}
        placeholder={t('promptPlaceholder')}
        value={draft}
        autoComplete="off"
        onChange={(event) => onDraft(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <div className={styles.composerActions}>
        <SendOrStop
          label={t('send')}
          icon={<Send />}
          canSend={canSend}
          isRunning={isRunning}
          onStop={onStop}
        />
      </div>
    </form>
  );
}
