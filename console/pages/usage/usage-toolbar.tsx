/** Chooses the period, whose usage is shown, and whether it is compared. */
import { useIsAdministrator } from '../../api/session.ts';
import { CustomDays } from '../../components/custom-days.tsx';
import { Segments } from '../../components/segments.tsx';
import { Stack } from '../../components/stack.tsx';
import { SwitchField } from '../../components/toggle.tsx';
import { Toolbar } from '../../components/toolbar.tsx';
import type { UsageSeries } from '../../features/usage/figures.ts';
import { chartFormat } from '../../format/chart-format.ts';
import { daysOf } from '../../format/zoned-days.ts';
import { useMessages } from '../../i18n/messages.ts';
import { defaultPeriod, presets } from './periods.ts';
import type { UsageSearch } from './route.ts';
import type { Shown } from './usage-query.ts';

interface UsageToolbarProps {
  readonly search: UsageSearch;
  readonly shown: Shown;
  readonly usage: UsageSeries | undefined;
  readonly onChange: (next: Partial<UsageSearch>) => void;
}

export function UsageToolbar({ search, shown, usage, onChange }: UsageToolbarProps) {
  const t = useMessages('usage');
  const isAdministrator = useIsAdministrator();
  const { period = defaultPeriod } = search;
  const days = daysOf(period);
  const namedDays = () => {
    const [start, end] = [usage?.start ?? 0, (usage?.end ?? 1) - 1];
    return `${chartFormat.isoDay(start)}..${chartFormat.isoDay(end)}`;
  };
  return (
    <Stack gap="sm">
      <Toolbar>
        <Segments
          label={t('period')}
          value={days ? 'custom' : period}
          choices={[
            ...presets.map((value) => ({ value: String(value), label: t(`period${value}`) })),
            { value: 'custom', label: t('periodCustom') },
          ]}
          onChange={(value) =>
            onChange({ period: value === 'custom' ? namedDays() : value, bucket: undefined })
          }
        />
        {isAdministrator && (
          <Segments
            label={t('scope')}
            value={shown.scope}
            choices={[
              { value: 'own', label: t('scopeOwn') },
              { value: 'all', label: t('scopeAll') },
            ]}
            onChange={(scope) => onChange({ scope: scope === 'all' ? 'all' : undefined, user_id: undefined })}
          />
        )}
        <SwitchField
          label={t('compare')}
          checked={search.compare ?? true}
          onChange={(compare) => onChange({ compare: compare ? undefined : false })}
        />
      </Toolbar>
      {days && <CustomDays days={days} onChange={(next) => onChange({ period: next, bucket: undefined })} />}
    </Stack>
  );
}
