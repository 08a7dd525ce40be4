/** The chart of the chosen metric. */
import { ListTree } from 'lucide-react';
import { ButtonLink } from '../../components/button.tsx';
import { useNowSeconds } from '../../components/use-now.ts';
import { ChartSection } from '../../features/usage/chart-section.tsx';
import { csvAddress } from '../../features/usage/figures.ts';
import { useLineName } from '../../features/usage/line-name.tsx';
import { metrics } from '../../features/usage/metrics.ts';
import { useMessages } from '../../i18n/messages.ts';
import { ChartChoices } from './chart-choices.tsx';
import { chartOf, previousOf } from './chart-of.ts';
import type { ContentProps } from './content-props.ts';

export function UsageChart(props: ContentProps) {
  const { usage, shown, search, onChange } = props;
  const t = useMessages('usage');
  const metric = metrics[search.metric ?? 'spend'];
  const lineName = useLineName(shown.by ?? 'model', usage.others);
  return (
    <ChartSection
      title={t(metric.label)}
      description={t(metric.hint)}
      metric={metric}
      data={chartOf(usage, metric, { text: t, lineName }, useNowSeconds())}
      previous={previousOf(usage, metric, t('previousLine'))}
      view={search.view ?? 'chart'}
      onView={(view) => onChange({ view: view === 'table' ? view : undefined })}
      csv={csvAddress(shown.scope, shown.query)}
      actions={
        <ButtonLink to="/log" search={logsOf(props)} icon={<ListTree aria-hidden="true" />}>
          {t('openLogs')}
        </ButtonLink>
      }
    >
      <ChartChoices {...props} />
    </ChartSection>
  );
}

/** The requests behind the figures: the same time, and the filters that the log has as well. */
function logsOf({ usage, shown, search }: ContentProps) {
  const { token_id: key, model, channel } = search;
  return {
    from: usage.start,
    to: usage.end - 1,
    ...(key && { key: [key] }),
    // The log takes a list of models, which commas part.
    ...(model && !model.includes(',') && { model: [model] }),
    ...(shown.scope === 'all' && { all: true as const, ...(channel && { channel }) }),
  };
}
