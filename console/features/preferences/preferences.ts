/** What the account chose for the console: the gateway keeps it, the browser applies it. */
import { queryOptions } from '@tanstack/react-query';
import { api, dataOf } from '../../api/client.ts';
import { chooseTimeZone, chosenTimeZone } from '../../format/time-zone.ts';
import { chooseLanguage, chosenLanguage, isLanguage } from '../../i18n/languages.ts';
import { turnSingleKeys } from './single-keys.ts';
import { chooseTheme, type Theme } from './theme.ts';

export interface Preferences {
  /** '' = that of the browser. */
  readonly language: string;
  readonly theme: Theme;
  /** '' = that of the browser. */
  readonly time_zone: string;
  readonly shortcuts: boolean;
}

export const preferencesQuery = queryOptions({
  queryKey: ['preferences'],
  queryFn: ({ signal }): Promise<Preferences> => dataOf(api.GET('/api/user/self/preferences', { signal })),
  staleTime: 60_000,
});

/** @returns whether the page must be loaded again to show them: texts and times are made for one language and zone */
export function applyPreferences({ language, theme, time_zone: zone, shortcuts }: Preferences): boolean {
  const before = [chosenLanguage(), chosenTimeZone()];
  chooseTheme(theme);
  turnSingleKeys(shortcuts);
  chooseTimeZone(zone === '' ? undefined : zone);
  chooseLanguage(isLanguage(language) ? language : undefined);
  return before[0] !== chosenLanguage() || before[1] !== chosenTimeZone();
}
