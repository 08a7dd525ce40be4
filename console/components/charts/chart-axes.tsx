/** The axes of a chart over time, with the lines that lead the eye. */
import { AxisBottom, AxisLeft } from '@visx/axis';
import type { scaleBand, scaleLinear } from '@visx/scale';
import { chartFormat } from '../../format/chart-format.ts';
import type { ChartData } from './chart-data.ts';
import styles from './charts.module.css';
import { labelledPlaces } from './prepare.ts';

export type TimeScale = ReturnType<typeof scaleBand<number>>;
export type ValueScale = ReturnType<typeof scaleLinear<number>>;

interface ChartAxesProps {
  readonly data: ChartData;
  readonly x: TimeScale;
  readonly y: ValueScale;
  readonly inner: { readonly width: number; readonly height: number };
  readonly formatValue: (value: number) => string;
}

/** How many labels the axis of values has, about. */
export const ticks = 4;
/** CSS pixels that a label of the axis of time needs. */
const labelWidth = 76;

interface TickProps {
  readonly x: number;
  readonly y: number;
  readonly formattedValue?: string | undefined;
}

function LeftTick({ x, y, formattedValue }: TickProps) {
  return (
    <text className={styles.tick} x={x} y={y} dy="0.32em" textAnchor="end">
      {formattedValue}
    </text>
  );
}

function BottomTick({ x, y, formattedValue }: TickProps) {
  return (
    <text className={styles.tick} x={x} y={y} textAnchor="middle">
      {formattedValue}
    </text>
  );
}

export function ChartAxes({ data, x, y, inner, formatValue }: ChartAxesProps) {
  const { stretches, size, tickSize = size } = data;
  const places = labelledPlaces(stretches.length, Math.floor(inner.width / labelWidth));
  const labels = places.map((at) => chartFormat.tick(stretches[at]?.start ?? 0, tickSize));
  return (
    <>
      {y.ticks(ticks).map((value) => (
        <line key={value} className={styles.grid} x2={inner.width} y1={y(value)} y2={y(value)} />
      ))}
      <AxisLeft
        scale={y}
        numTicks={ticks}
        hideAxisLine
        hideTicks
        tickFormat={(value) => formatValue(Number(value))}
        tickComponent={LeftTick}
      />
      <AxisBottom
        scale={x}
        top={inner.height}
        hideAxisLine
        hideTicks
        tickValues={[...places]}
        // A day that was named just before is not named again.
        tickFormat={(_at, index) => (labels[index] === labels[index - 1] ? '' : labels[index])}
        tickComponent={BottomTick}
      />
    </>
  );
}
