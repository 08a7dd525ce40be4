/** Amounts, counts and durations in tabular figures. */
import { format } from '../format/format.ts';
import { useMessages } from '../i18n/messages.ts';
import styles from './numbers.module.css';

/** An amount in USD, with its ledger units as the title. */
export function Money({ units }: { readonly units: number }) {
  const t = useMessages('common');
  return (
    <span className={styles.number} title={t('units', { units: format.units(units) })}>
      {format.money(units)}
    </span>
  );
}

/** A count with thousands separators in tabular figures. */
export function Count({ value }: { readonly value: number }) {
  return <span className={styles.number}>{format.count(value)}</span>;
}

/** A large count in short form (`3.4M`), with all digits as the title. */
export function Compact({ value }: { readonly value: number }) {
  return (
    <span className={styles.number} title={format.count(value)}>
      {format.compact(value)}
    </span>
  );
}

/** A duration. */
export function Duration({ ms }: { readonly ms: number }) {
  return (
    <span className={styles.number} title={`${format.count(ms)} ms`}>
      {format.duration(ms)}
    </span>
  );
}
