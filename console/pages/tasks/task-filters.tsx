/** The filters above the jobs, and those that a job sets, each with a way to drop it. */
import { lazy, Suspense } from 'react';
import { jobStates } from '../../../src/domain/job.ts';
import { useIsAdministrator } from '../../api/session.ts';
import { ChosenFilters } from '../../components/chosen-filters.tsx';
import { CustomDays } from '../../components/custom-days.tsx';
import { Segments } from '../../components/segments.tsx';
import { Select } from '../../components/select.tsx';
import { SearchBox, Toolbar } from '../../components/toolbar.tsx';
import { vendorTitles } from '../../features/jobs/job.ts';
import { formatIsoDay } from '../../format/time.ts';
import { timeZone } from '../../format/time-zone.ts';
import { daysOf } from '../../format/zoned-days.ts';
import { useMessages } from '../../i18n/messages.ts';
import type { TasksSearch } from './route.ts';

// Comboboxes are heavy.
const AccountPicker = lazy(async () => ({
  default: (await import('../../features/key-picker/account-picker.tsx')).AccountPicker,
}));

interface TaskFiltersProps {
  readonly search: TasksSearch;
  /** Changes filters, and returns to the first page. */
  readonly onChange: (changed: Partial<TasksSearch>) => void;
}

const any = '';
const secondsPerWeek = 604_800;

function lastWeek(): string {
  const now = Math.floor(Date.now() / 1000);
  return `${formatIsoDay(now - secondsPerWeek, timeZone())}..${formatIsoDay(now, timeZone())}`;
}

export function TaskFilters({ search, onChange }: TaskFiltersProps) {
  const t = useMessages('tasks');
  const isAdministrator = useIsAdministrator();
  const days = search.days === undefined ? undefined : daysOf(search.days);
  return (
    <>
      <Toolbar>
        <SearchBox
          label={t('searchId')}
          value={search.q ?? ''}
          onSearch={(text) => onChange({ q: text || undefined })}
        />
        <Select
          label={t('state')}
          value={search.state ?? any}
          onChange={({ target }) => onChange({ state: jobStates.find((each) => each === target.value) })}
          choices={[
            { value: any, label: t('everyState') },
            ...jobStates.map((value) => ({ value, label: t(`state_${value}`) })),
          ]}
        />
        <Select
          label={t('vendor')}
          value={search.vendor ?? any}
          onChange={({ target }) => onChange({ vendor: target.value || undefined, action: undefined })}
          choices={[
            { value: any, label: t('everyVendor') },
            ...Object.entries(vendorTitles).map(([value, label]) => ({ value, label })),
          ]}
        />
        <Segments
          label={t('time')}
          value={days ? 'days' : 'all'}
          onChange={(value) => onChange({ days: value === 'days' ? lastWeek() : undefined })}
          choices={[
            { value: 'all', label: t('allTime') },
            { value: 'days', label: t('someDays') },
          ]}
        />
        {isAdministrator && (
          <Segments
            label={t('scope')}
            value={search.all ? 'all' : 'own'}
            onChange={(value) => onChange({ all: value === 'all' ? true : undefined, user: undefined })}
            choices={[
              { value: 'own', label: t('scopeOwn') },
              { value: 'all', label: t('scopeAll') },
            ]}
          />
        )}
        {isAdministrator && search.all && (
          <Suspense>
            <AccountPicker
              label={t('whoseJobs')}
              isLabelHidden
              placeholder={t('whoseJobs')}
              onChoose={({ id }) => onChange({ user: id })}
            />
          </Suspense>
        )}
      </Toolbar>
      {days && <CustomDays days={days} onChange={(next) => onChange({ days: next })} />}
      <OtherFilters search={search} onChange={onChange} />
    </>
  );
}

function OtherFilters({ search: { action, key, user, request }, onChange }: TaskFiltersProps) {
  const t = useMessages('tasks');
  const chosen = [
    action !== undefined && { name: t('ofAction', { action }), drop: { action: undefined } },
    key !== undefined && { name: t('ofKey', { id: String(key) }), drop: { key: undefined } },
    user !== undefined && { name: t('ofAccount', { id: String(user) }), drop: { user: undefined } },
    request !== undefined && { name: t('ofRequest', { id: request }), drop: { request: undefined } },
  ];
  return <ChosenFilters chosen={chosen} dropLabel={(name) => t('dropFilter', { name })} onDrop={onChange} />;
}
