/** Loads the dialogs that end keys with their messages when they are first asked for. */
import { lazy } from 'react';
import { loadMessages } from '../../i18n/i18n.ts';

export const LazyDeleteKeysDialog = lazy(async () => {
  const [{ DeleteKeysDialog }] = await Promise.all([
    import('./delete-keys-dialog.tsx'),
    loadMessages('receipts'),
  ]);
  return { default: DeleteKeysDialog };
});

export const LazyDisableKeysDialog = lazy(async () => {
  const [{ DisableKeysDialog }] = await Promise.all([
    import('./disable-keys-dialog.tsx'),
    loadMessages('receipts'),
  ]);
  return { default: DisableKeysDialog };
});
