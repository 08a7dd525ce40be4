/** `/console/receipt`: receipts of deleted keys. */
import { createRoute } from '@tanstack/react-router';
import { lazyPage } from '../lazy-page.ts';
import { choice, positive, type SearchOf, searchParameters, text } from '../search-fields.ts';
import { shellRoute } from '../shell-route.tsx';

const searchSchema = searchParameters({
  page: positive,
  /** The whole name of a key. */
  q: text,
  state: choice(['open', 'partial', 'complete']),
  scope: choice(['managed']),
  /** Of the key with this id. */
  key: positive,
  /** Of keys of this account, with `scope`. */
  user: positive,
});

export type ReceiptsSearch = SearchOf<typeof searchSchema>;

export const receiptsRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/receipt',
  validateSearch: searchSchema,
  component: lazyPage(['receipts'], async () => (await import('./receipts-page.tsx')).ReceiptsPage),
});

export const receiptRoute = createRoute({
  getParentRoute: () => shellRoute,
  path: '/receipt/$id',
  component: lazyPage(['receipts'], async () => (await import('./receipt-page.tsx')).ReceiptPage),
});
