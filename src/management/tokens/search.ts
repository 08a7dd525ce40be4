/** Searches keys by name or value. */
import { digestOf } from '../../domain/digest.ts';
import { parseKeyValue } from '../../domain/format.ts';
import type { KeyRow } from '../../domain/key.ts';
import { HalleyError } from '../../platform/errors.ts';
import type { Page, PageQuery, StoreBase } from '../../store/store.ts';

/** @throws HalleyError('refused') for a pattern that is too broad */
export function requireNarrow(keyword: string): void {
  const wildcards = keyword.split('%').length - 1;
  if (wildcards > 2 || (wildcards > 0 && [...keyword].length - wildcards < 2)) {
    throw new HalleyError('refused', {
      message: 'A pattern may hold at most two % and must have at least two other characters.',
    });
  }
}

/**
 * @param keyword the name, or a pattern with `%` for any run of characters; '' = any
 * @param token the value, with or without `sk-`; '' = any
 * @throws HalleyError('refused') for a pattern that is too broad
 */
export async function searchKeys(
  store: Pick<StoreBase, 'searchKeys'>,
  accountId: number,
  query: { readonly keyword: string; readonly token: string },
  page: PageQuery,
): Promise<Page<KeyRow>> {
  const { keyword, token } = query;
  requireNarrow(keyword);
  const body = parseKeyValue(token);
  // A malformed value belongs to no key.
  if (token !== '' && body === undefined) return { total: 0, items: [] };
  return store.searchKeys(
    accountId,
    {
      name: keyword === '' ? undefined : keyword,
      digest: body === undefined ? undefined : digestOf(body),
    },
    page,
  );
}
