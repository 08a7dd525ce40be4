/** Small charts without axes, for tiles and rows of tables. Beside them stands the number they explain. */
import type { ReactNode } from 'react';
import type { ChartValue } from './chart-data.ts';
import styles from './charts.module.css';
import { runsOf } from './prepare.ts';

interface SmallChartProps {
  /** What it shows, in words, with the figures that matter. */
  readonly label: string;
  readonly values: readonly ChartValue[];
}

const [width, height] = [120, 28];
const padding = 2;

function Frame({ label, children }: { readonly label: string; readonly children: ReactNode }) {
  return (
    <svg
      className={styles.small}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={label}
    >
      {children}
    </svg>
  );
}

/** A line from the lowest value at the foot to the highest. */
export function Sparkline({ label, values }: SmallChartProps) {
  const known = values.filter((value) => value !== null && value !== undefined);
  const lowest = Math.min(...known);
  const spread = Math.max(...known) - lowest;
  const x = (at: number) => padding + (at * (width - 2 * padding)) / Math.max(1, values.length - 1);
  const y = (value: number) =>
    spread === 0 ? height / 2 : height - padding - ((value - lowest) * (height - 2 * padding)) / spread;
  return (
    <Frame label={label}>
      {runsOf(values).map((run) => (
        <polyline
          key={run[0]?.at}
          className={styles.smallLine}
          points={run.map(({ at, value }) => `${x(at)},${y(value)}`).join(' ')}
        />
      ))}
    </Frame>
  );
}

/** Bars: one for each value, a line at the foot where it is 0, nothing where it is not known. */
export function Bars({ label, values }: SmallChartProps) {
  const highest = Math.max(0, ...values.map((value) => value ?? 0));
  const step = width / Math.max(1, values.length);
  return (
    <Frame label={label}>
      {values.map((value, at) => {
        if (value === null || value === undefined) return null;
        const tall = Math.max(1, (value * height) / (highest || 1));
        return (
          <rect
            // biome-ignore lint/suspicious/noArrayIndexKey: the place is what the bar stands for.
            key={at}
            className={value === 0 ? styles.smallZero : styles.smallBar}
            x={at * step}
            y={height - tall}
            width={Math.max(0.5, step - 1)}
            height={tall}
          />
        );
      })}
    </Frame>
  );
}
