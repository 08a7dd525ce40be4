/** Loads the test of a key with its messages when it is first shown. */
import { lazy } from 'react';
import { loadMessages } from '../../i18n/i18n.ts';

export const LazyTestKey = lazy(async () => {
  const [{ TestKey }] = await Promise.all([import('./test-key.tsx'), loadMessages('playground')]);
  return { default: TestKey };
});
