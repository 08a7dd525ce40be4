/** Switches and check boxes with their labels. The browser's own controls, drawn by the style sheet. */
import { type ReactNode, useId } from 'react';
import styles from './toggle.module.css';

interface SwitchFieldProps {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly checked: boolean;
  readonly disabled?: boolean;
  readonly onChange: (checked: boolean) => void;
}

/** Something that is on or off. */
export function SwitchField({ label, hint, checked, disabled = false, onChange }: SwitchFieldProps) {
  const id = useId();
  return (
    <div className={styles.row}>
      <input
        type="checkbox"
        role="switch"
        aria-checked={checked}
        id={id}
        className={styles.switch}
        checked={checked}
        disabled={disabled}
        onChange={(event) => onChange(event.target.checked)}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
      />
      <div>
        <label htmlFor={id} className={styles.label}>
          {label}
        </label>
        {hint !== undefined && (
          <div id={`${id}-hint`} className={styles.hint}>
            {hint}
          </div>
        )}
      </div>
    </div>
  );
}

interface CheckboxProps {
  /** The accessible name. */
  readonly label: string;
  readonly checked: boolean;
  /** Some of what the box stands for is checked. */
  readonly indeterminate?: boolean;
  readonly onChange: (checked: boolean) => void;
}

/** A check box without a visible label, for rows of tables. */
export function Checkbox({ label, checked, indeterminate = false, onChange }: CheckboxProps) {
  return (
    <span className={styles.target}>
      <input
        type="checkbox"
        className={styles.checkbox}
        aria-label={label}
        checked={checked}
        ref={(box) => {
          if (box) box.indeterminate = indeterminate;
        }}
        onChange={(event) => onChange(event.target.checked)}
      />
    </span>
  );
}

/** A check box with its label beside it. */
export function CheckboxField({ label, checked, onChange }: CheckboxProps) {
  return (
    <label className={styles.row}>
      <input
        type="checkbox"
        className={styles.checkbox}
        checked={checked}
        onChange={(event) => onChange(event.target.checked)}
      />
      <span>{label}</span>
    </label>
  );
}
