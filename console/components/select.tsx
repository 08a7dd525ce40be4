/** A choice of few without a visible label, for filters. The browser's own control. */
import type { ComponentProps } from 'react';
import styles from './field.module.css';

export interface Choice {
  readonly value: string;
  readonly label: string;
}

interface SelectProps extends ComponentProps<'select'> {
  /** The accessible name. */
  readonly label: string;
  readonly choices: readonly Choice[];
}

export function Select({ label, choices, ...select }: SelectProps) {
  return (
    <select {...select} aria-label={label} className={styles.select}>
      <Options choices={choices} />
    </select>
  );
}

export function Options({ choices }: { readonly choices: readonly Choice[] }) {
  return choices.map(({ value, label }) => (
    <option key={value} value={value}>
      {label}
    </option>
  ));
}
