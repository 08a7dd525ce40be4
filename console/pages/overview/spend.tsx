/** What was spent on each of the last 30 days. */
import { ArrowRight } from 'lucide-react';
import { ButtonLink } from '../../components/button.tsx';
import { ChartSection, type View } from '../../features/usage/chart-section.tsx';
import { csvAddress } from '../../features/usage/figures.ts';
import { metrics } from '../../features/usage/metrics.ts';
import { format } from '../../format/format.ts';
import { useMessages } from '../../i18n/messages.ts';
import type { Overview } from './overview-query.ts';

interface SpendSectionProps {
  readonly overview: Overview;
  readonly isOfAll: boolean;
  readonly view: View;
  readonly onView: (view: View) => void;
}

const period = '30d';

export function SpendSection({ overview, isOfAll, view, onView }: SpendSectionProps) {
  const t = useMessages('overview');
  const u = useMessages('usage');
  const { spend } = metrics;
  const series = {
    id: 'spend',
    label: u('spend'),
    colour: 1,
    values: overview.days.map(spend.value),
  } as const;
  return (
    <ChartSection
      title={t('spendTitle')}
      metric={spend}
      data={{ size: 'day', isOpen: true, stretches: overview.days, series: [series] }}
      view={view}
      onView={onView}
      csv={csvAddress(isOfAll ? 'all' : 'own', { period, time_zone: format.timeZone })}
      actions={
        <ButtonLink
          to="/usage"
          search={{ period, ...(isOfAll && { scope: 'all' }) }}
          icon={<ArrowRight aria-hidden="true" />}
        >
          {t('openUsage')}
        </ButtonLink>
      }
    />
  );
}
