/** Draws bars and lines. */
import { LinePath } from '@visx/shape';
import { classNames } from '../class-names.ts';
import type { TimeScale, ValueScale } from './chart-axes.tsx';
import type { ChartSeries, SeriesColour } from './chart-data.ts';
import styles from './charts.module.css';
import { runsOf, stackedBars } from './prepare.ts';

export const colourClass = (colour: SeriesColour): string | undefined => styles[`series${colour}`];

interface MarksProps {
  readonly series: readonly ChartSeries[];
  readonly x: TimeScale;
  readonly y: ValueScale;
}

/** A part of a bar that is not nothing is seen: at least so many CSS pixels. */
const leastHeight = 1;

interface BarMarksProps extends MarksProps {
  readonly count: number;
  /** Whether the last one is not over yet. */
  readonly isOpen: boolean;
}

export function BarMarks({ series, count, isOpen, x, y }: BarMarksProps) {
  return stackedBars(series, count).map((parts, at) => {
    const last = parts.at(-1);
    // Nothing was used, which is known: unlike a gap, it has a mark.
    if (last?.to === 0) {
      return (
        <rect
          key={`zero ${series[last.series]?.id}`}
          className={styles.zero}
          x={x(at)}
          y={y(0) - leastHeight}
          width={x.bandwidth()}
          height={leastHeight}
        />
      );
    }
    return parts.map(({ series: place, from, to }) => {
      const tall = to > from ? Math.max(leastHeight, y(from) - y(to)) : 0;
      return (
        <rect
          key={`${place} ${series[place]?.id}`}
          className={classNames(
            styles.bar,
            colourClass(series[place]?.colour ?? 'other'),
            isOpen && at === count - 1 && styles.open,
          )}
          x={x(at)}
          y={y(from) - tall}
          width={x.bandwidth()}
          height={tall}
        />
      );
    });
  });
}

export function LineMarks({ series, x, y }: MarksProps) {
  const middle = (at: number) => (x(at) ?? 0) + x.bandwidth() / 2;
  return series.map(({ id, colour, isDashed = false, values }) => (
    <g key={id} className={classNames(styles.line, colourClass(colour), isDashed && styles.dashed)}>
      {runsOf(values).map((run) => (
        <LinePath key={run[0]?.at} data={[...run]} x={({ at }) => middle(at)} y={({ value }) => y(value)} />
      ))}
      {runsOf(values).flatMap((run) => {
        // A value between two gaps has no line.
        const [only] = run.length === 1 ? run : [];
        return only
          ? [<circle key={only.at} className={styles.dot} cx={middle(only.at)} cy={y(only.value)} r={2.5} />]
          : [];
      })}
    </g>
  ));
}
