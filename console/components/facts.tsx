/** Names with their values, for example the limits of a key. */
import type { ReactNode } from 'react';
import styles from './facts.module.css';

export interface Fact {
  readonly name: string;
  readonly value: ReactNode;
}

export function Facts({ items }: { readonly items: readonly Fact[] }) {
  return (
    <dl className={styles.facts}>
      {items.map(({ name, value }) => (
        <div key={name} className={styles.fact}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

interface TileProps {
  readonly label: string;
  readonly value: ReactNode;
  /** Below the value, for example the change from the period before. */
  readonly note?: ReactNode;
}

/** One large number with its name. */
export function Tile({ label, value, note }: TileProps) {
  return (
    <div className={styles.tile}>
      <div className={styles.tileLabel}>{label}</div>
      <div className={styles.tileValue}>{value}</div>
      {note !== undefined && <div className={styles.tileNote}>{note}</div>}
    </div>
  );
}
