/** Loads the snippets with their messages when they are first shown. */
import { lazy } from 'react';
import { loadMessages } from '../../i18n/i18n.ts';

export const LazyKeySnippets = lazy(async () => {
  const [{ KeySnippets }] = await Promise.all([import('./key-snippets.tsx'), loadMessages('playground')]);
  return { default: KeySnippets };
});
