/** Times in the zone of the viewer, with UTC as the title. */
import { format } from '../format/format.ts';
import styles from './numbers.module.css';
import { useNowSeconds } from './use-now.ts';

interface TimeProps {
  /** Seconds since 1970. */
  readonly at: number;
}

/** A date with its time. */
export function DateTime({ at }: TimeProps) {
  return (
    <time dateTime={format.utc(at)} title={format.utc(at)} className={styles.number}>
      {format.dateTime(at)}
    </time>
  );
}

interface MomentProps {
  /** Milliseconds since 1970. */
  readonly ms: number;
  readonly withDate?: boolean;
}

/** A time of day with milliseconds, for what happens within a second. */
export function Moment({ ms, withDate = false }: MomentProps) {
  const utc = format.utc(ms / 1000);
  const time = format.timeOfDay(ms);
  return (
    <time dateTime={utc} title={utc} className={styles.number}>
      {withDate ? `${format.date(ms / 1000)}, ${time}` : time}
    </time>
  );
}

/** A day. */
export function Day({ at }: TimeProps) {
  return (
    <time dateTime={format.utc(at)} title={format.utc(at)} className={styles.number}>
      {format.date(at)}
    </time>
  );
}

/** How long ago or until when; updates itself. */
export function RelativeTime({ at }: TimeProps) {
  const now = useNowSeconds();
  return (
    <time
      dateTime={format.utc(at)}
      title={`${format.dateTime(at)} · ${format.utc(at)}`}
      className={styles.number}
    >
      {format.relative(at, now)}
    </time>
  );
}
