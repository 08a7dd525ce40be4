/** A number in a table that is changed where it stands: Enter or leaving the field saves it, Escape takes it back. */
import { type KeyboardEvent, useState } from 'react';
import { announce } from '../../components/announcer.tsx';
import { useMessages } from '../../i18n/messages.ts';
import styles from './channels.module.css';

interface InlineNumberProps {
  /** The accessible name. */
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  /** @throws what the gateway answered: the former number is shown again */
  readonly onSave: (value: number) => Promise<unknown>;
}

export function InlineNumber({ label, value, min, max, onSave }: InlineNumberProps) {
  const t = useMessages('channels');
  /** Undefined = not being changed. */
  const [text, setText] = useState<string>();
  const [isWrong, setWrong] = useState(false);

  const save = async () => {
    if (text === undefined || Number(text) === value) return setText(undefined);
    const next = Number(text);
    if (text.trim() === '' || !Number.isInteger(next) || next < min || next > max) return setWrong(true);
    try {
      await onSave(next);
      announce(t('saved', { name: label }));
    } catch {
      announce(t('notSaved', { name: label }));
    }
    // What was typed meanwhile stays.
    setText((now) => (now === text ? undefined : now));
  };

  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'Enter') event.currentTarget.blur();
    if (event.key !== 'Escape') return;
    setText(undefined);
    setWrong(false);
  };

  return (
    <input
      className={styles.number}
      type="text"
      inputMode="numeric"
      aria-label={label}
      aria-invalid={isWrong}
      title={t('numberRange', { min, max })}
      value={text ?? String(value)}
      onChange={(event) => {
        setText(event.target.value);
        setWrong(false);
      }}
      onBlur={() => void save()}
      onKeyDown={onKeyDown}
    />
  );
}
