/** Loads the dialogs of keys with their messages when they are first opened. */
import { lazy } from 'react';
import { loadMessages } from '../../i18n/i18n.ts';

export const LazyCreateKeyDialog = lazy(async () => {
  const [{ CreateKeyDialog }] = await Promise.all([
    import('./create-key-dialog.tsx'),
    loadMessages('key-form'),
  ]);
  return { default: CreateKeyDialog };
});

export const LazyEditKeySheet = lazy(async () => {
  const [{ EditKeySheet }] = await Promise.all([import('./edit-key-sheet.tsx'), loadMessages('key-form')]);
  return { default: EditKeySheet };
});
