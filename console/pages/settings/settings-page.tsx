/** The settings in force and where each comes from. They are read at the start, so this page only shows them. */
import { queryOptions, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Settings2 } from 'lucide-react';
import { api, dataOf } from '../../api/client.ts';
import { Page, Section } from '../../components/page.tsx';
import { Segments } from '../../components/segments.tsx';
import { Select } from '../../components/select.tsx';
import { Stack } from '../../components/stack.tsx';
import { EmptyState, ErrorState, Skeleton } from '../../components/states.tsx';
import { SearchBox, Toolbar } from '../../components/toolbar.tsx';
import { AdministratorsOnly } from '../../features/administrators/administrators-only.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { SettingList } from './setting-list.tsx';
import { generalGroup, groupNames, type Setting, type SettingFilter, settingGroups } from './settings.ts';

const route = getRouteApi('/shell/setting');

const settingsQuery = queryOptions({
  queryKey: ['settings'],
  queryFn: ({ signal }) => dataOf(api.GET('/api/setting', { signal })),
});

export function SettingsPage() {
  const common = useMessages('common');
  return (
    <AdministratorsOnly title={common('settings')}>
      <SettingsInForce />
    </AdministratorsOnly>
  );
}

function SettingsInForce() {
  const common = useMessages('common');
  const t = useMessages('settings');
  const { q = '', group = '', show } = route.useSearch();
  const navigate = route.useNavigate();
  const { data, error, refetch } = useQuery(settingsQuery);
  return (
    <Page title={common('settings')} description={t('description')}>
      <Toolbar>
        <SearchBox
          label={t('search')}
          value={q}
          onSearch={(text) =>
            navigate({ search: (old) => ({ ...old, q: text || undefined }), replace: true })
          }
        />
        <Select
          label={t('group')}
          choices={[
            { value: '', label: t('allGroups') },
            ...groupNames(data ?? []).map((name) => ({
              value: name,
              label: name === generalGroup ? t('general') : name,
            })),
          ]}
          value={group}
          onChange={({ target }) =>
            navigate({ search: (old) => ({ ...old, group: target.value || undefined }), replace: true })
          }
        />
        <Segments
          label={t('show')}
          choices={[
            { value: 'all', label: t('showAll') },
            { value: 'changed', label: t('showChanged') },
          ]}
          value={show ?? 'all'}
          onChange={(value) =>
            navigate({
              search: (old) => ({ ...old, show: value === 'changed' ? value : undefined }),
              replace: true,
            })
          }
        />
      </Toolbar>
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {data === undefined && !error && <Skeleton height={30} />}
      {data !== undefined && (
        <Groups settings={data} filter={{ q, group, isChangedOnly: show === 'changed' }} />
      )}
    </Page>
  );
}

interface GroupsProps {
  readonly settings: readonly Setting[];
  readonly filter: SettingFilter;
}

function Groups({ settings, filter }: GroupsProps) {
  const t = useMessages('settings');
  const groups = settingGroups(settings, filter);
  if (groups.length === 0) {
    return (
      <EmptyState icon={<Settings2 aria-hidden="true" />} title={t('emptyTitle')}>
        {t(filter.isChangedOnly && filter.q === '' ? 'emptyChanged' : 'emptySearch')}
      </EmptyState>
    );
  }
  return (
    <Stack gap="lg">
      {groups.map(({ name, settings: inGroup }) => (
        <Section key={name} title={name === generalGroup ? t('general') : name}>
          <SettingList settings={inGroup} />
        </Section>
      ))}
    </Stack>
  );
}
