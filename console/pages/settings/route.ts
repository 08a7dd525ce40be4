/** `/console/setting`: the settings in force. */
import { createRoute } from '@tanstack/react-router';
import { lazyPage } from '../lazy-page.ts';
import { choice, searchParameters, text } from '../search-fields.ts';
import { shellRoute } from '../shell-route.tsx';

export const settingsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/setting',
  validateSearch: searchParameters({
    q: text,
    /** The first part of the names; `general` for names of one part. */
    group: text,
    /** `changed`: only settings that a source sets. */
    show: choice(['changed']),
  }),
  component: lazyPage(['settings'], async () => (await import('./settings-page.tsx')).SettingsPage),
});
