/** How much of something is used, as a bar: the browser's own meter. */
import styles from './meter.module.css';

interface MeterProps {
  /** The accessible name, for example "Budget used". */
  readonly label: string;
  /** 0 to 1; more counts as 1. */
  readonly share: number;
  /** What the bar says, for screen readers, for example "$4.10 of $5.00". */
  readonly text: string;
}

const warnFrom = 0.8;

export function Meter({ label, share, text }: MeterProps) {
  const value = Math.min(1, Math.max(0, share));
  const level = value >= 1 ? 'full' : value >= warnFrom ? 'near' : undefined;
  return (
    <meter
      className={styles.meter}
      value={value}
      aria-label={label}
      aria-valuetext={text}
      data-level={level}
    />
  );
}
