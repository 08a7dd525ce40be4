/** The control with which keys and screen readers read a chart: a slider over its stretches. It takes no pointer. */
import styles from './charts.module.css';

interface ChartReaderProps {
  /** The accessible name. */
  readonly label: string;
  readonly count: number;
  /** The stretch that is read; undefined = none. */
  readonly read: number | undefined;
  readonly onRead: (at: number | undefined) => void;
  /** All that is known of a stretch, in words. */
  readonly textAt: (at: number) => string;
}

export function ChartReader({ label, count, read, onRead, textAt }: ChartReaderProps) {
  const last = Math.max(0, count - 1);
  const at = read ?? last;
  return (
    <input
      type="range"
      className={styles.reader}
      aria-label={label}
      min={0}
      max={last}
      value={at}
      aria-valuetext={textAt(at)}
      onChange={(event) => onRead(Number(event.target.value))}
      onFocus={() => onRead(at)}
      onBlur={() => onRead(undefined)}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onRead(undefined);
      }}
    />
  );
}
