/** A secret as selected text, to be copied by hand where the browser refuses to. */
import styles from './key-value.module.css';

interface SecretTextProps {
  readonly value: string;
  /** The accessible name. */
  readonly label: string;
}

export function SecretText({ value, label }: SecretTextProps) {
  return (
    <input
      className={styles.secret}
      readOnly
      aria-label={label}
      value={value}
      size={value.length}
      spellCheck={false}
      autoComplete="off"
      data-1p-ignore=""
      ref={(input) => {
        input?.select();
      }}
      onFocus={(event) => event.target.select()}
    />
  );
}
