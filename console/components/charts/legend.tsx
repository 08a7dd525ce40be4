/** The names of a chart's series with their colours. */
import type { ChartSeries } from './chart-data.ts';
import { Swatch } from './chart-tooltip.tsx';
import styles from './charts.module.css';

interface LegendProps {
  readonly series: readonly Pick<ChartSeries, 'id' | 'label' | 'colour' | 'isDashed'>[];
}

export function Legend({ series }: LegendProps) {
  return (
    <ul className={styles.legend}>
      {series.map(({ id, label, colour, isDashed }) => (
        <li key={id}>
          <Swatch colour={colour} isDashed={isDashed ?? false} />
          <bdi>{label}</bdi>
        </li>
      ))}
    </ul>
  );
}
