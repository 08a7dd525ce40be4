/** The values of one stretch, beside the pointer. Screen readers hear them from the chart's own control. */
import { classNames } from '../class-names.ts';
import type { ChartSeries, ChartValue } from './chart-data.ts';
import { colourClass } from './chart-marks.tsx';
import styles from './charts.module.css';

interface TooltipRow extends Pick<ChartSeries, 'id' | 'label' | 'colour' | 'isDashed'> {
  readonly text: string;
  readonly value: ChartValue;
}

interface ChartTooltipProps {
  readonly title: string;
  readonly rows: readonly TooltipRow[];
  readonly sum: { readonly label: string; readonly text: string } | undefined;
  /** Of the stretch, in CSS pixels from the left of the chart. */
  readonly left: number;
  readonly width: number;
}

export function ChartTooltip({ title, rows, sum, left, width }: ChartTooltipProps) {
  const isRight = left > width / 2;
  return (
    <div
      className={styles.tooltip}
      aria-hidden="true"
      style={isRight ? { right: `${width - left + 12}px` } : { left: `${left + 12}px` }}
    >
      <div className={styles.tooltipTitle}>{title}</div>
      {rows
        .filter(({ value }) => value !== 0 || rows.length < 3)
        .map((row) => (
          <div key={row.id} className={styles.tooltipRow}>
            <Swatch colour={row.colour} isDashed={row.isDashed ?? false} />
            <bdi className={styles.tooltipName}>{row.label}</bdi>
            <span className={styles.tooltipValue}>{row.text}</span>
          </div>
        ))}
      {sum && (
        <div className={styles.tooltipSum}>
          <span>{sum.label}</span>
          <span className={styles.tooltipValue}>{sum.text}</span>
        </div>
      )}
    </div>
  );
}

interface SwatchProps extends Pick<ChartSeries, 'colour'> {
  readonly isDashed?: boolean;
}

/** The colour of a series, before its name. */
export function Swatch({ colour, isDashed = false }: SwatchProps) {
  return (
    <span
      className={classNames(styles.swatch, colourClass(colour), isDashed && styles.swatchDashed)}
      aria-hidden="true"
    />
  );
}
