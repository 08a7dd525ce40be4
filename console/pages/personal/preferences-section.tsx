/** Language, theme, time zone and shortcuts. The gateway keeps them, so that they are the same in every browser. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client.ts';
import { announce } from '../../components/announcer.tsx';
import { SelectField } from '../../components/field.tsx';
import { Section } from '../../components/page.tsx';
import { Segments } from '../../components/segments.tsx';
import { Columns, Stack } from '../../components/stack.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { SwitchField } from '../../components/toggle.tsx';
import {
  applyPreferences,
  type Preferences,
  preferencesQuery,
} from '../../features/preferences/preferences.ts';
import { browserTimeZone, timeZones } from '../../format/time-zone.ts';
import { languages } from '../../i18n/languages.ts';
import { useMessages } from '../../i18n/messages.ts';
import styles from './preferences-section.module.css';

const themes = ['system', 'light', 'dark'] as const;
const themeNames = { system: 'themeSystem', light: 'themeLight', dark: 'themeDark' } as const;

export function PreferencesSection() {
  const t = useMessages('personal');
  const queryClient = useQueryClient();
  const { data, error, refetch } = useQuery(preferencesQuery);
  const change = useMutation({
    mutationFn: (body: Partial<Preferences>) => dataOf(api.PUT('/api/user/self/preferences', { body })),
    onMutate: (chosen) => {
      const before = queryClient.getQueryData(preferencesQuery.queryKey);
      queryClient.setQueryData(preferencesQuery.queryKey, before && { ...before, ...chosen });
      return before;
    },
    onError: (_error, _chosen, before) => {
      queryClient.setQueryData(preferencesQuery.queryKey, before);
    },
    onSuccess: (preferences) => {
      queryClient.setQueryData(preferencesQuery.queryKey, preferences);
      announce(t('preferencesSaved'));
      if (applyPreferences(preferences)) window.location.reload();
    },
  });
  return (
    <Section title={t('preferencesTitle')} description={t('preferencesDescription')}>
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {change.isError && <ErrorState error={change.error} />}
      {data ? <PreferenceFields value={data} onChange={change.mutate} /> : <Skeleton height={11.5} />}
    </Section>
  );
}

interface PreferenceFieldsProps {
  readonly value: Preferences;
  readonly onChange: (change: Partial<Preferences>) => void;
}

function PreferenceFields({ value, onChange }: PreferenceFieldsProps) {
  const common = useMessages('common');
  const t = useMessages('personal');
  const browserLanguage = { value: '', label: t('ofBrowser') };
  const browserZone = { value: '', label: t('zoneOfBrowser', { zone: browserTimeZone() }) };
  return (
    <Stack>
      <div className={styles.group}>
        <span aria-hidden="true" className={styles.label}>
          {common('theme')}
        </span>
        <Segments
          label={common('theme')}
          choices={themes.map((theme) => ({ value: theme, label: common(themeNames[theme]) }))}
          value={value.theme}
          onChange={(theme) => onChange({ theme })}
        />
      </div>
      <Columns>
        <SelectField
          label={t('language')}
          choices={[
            browserLanguage,
            ...Object.entries(languages).map(([tag, name]) => ({ value: tag, label: name })),
          ]}
          value={value.language}
          onChange={(event) => onChange({ language: event.target.value })}
        />
        <SelectField
          label={t('timeZone')}
          choices={[browserZone, ...timeZones().map((zone) => ({ value: zone, label: zone }))]}
          value={value.time_zone}
          onChange={(event) => onChange({ time_zone: event.target.value })}
        />
      </Columns>
      <SwitchField
        label={t('shortcuts')}
        hint={t('shortcutsHint')}
        checked={value.shortcuts}
        onChange={(shortcuts) => onChange({ shortcuts })}
      />
    </Stack>
  );
}
