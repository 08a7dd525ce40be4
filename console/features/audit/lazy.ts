/** Loads the history of an object with its messages when it is first shown. */
import { lazy } from 'react';
import { loadMessages } from '../../i18n/i18n.ts';

export const LazyObjectHistory = lazy(async () => {
  const [{ ObjectHistory }] = await Promise.all([import('./object-history.tsx'), loadMessages('audit')]);
  return { default: ObjectHistory };
});
