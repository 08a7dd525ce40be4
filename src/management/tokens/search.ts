/** Searches keys by name or value. */
import type { KeyRow } from '../../domain/key.ts';
import { HalleyError } from '../../platform/errors.ts';
import type { Page, PageQuery } from '../../store/store.ts';
import type { Services } from '../services.ts';

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
  { reads, keyValues }: Pick<Services, 'reads' | 'keyValues'>,
  accountId: number,
  query: { readonly keyword: string; readonly token: string },
  page: PageQuery,
): Promise<Page<KeyRow>> {
  const { keyword, token } = query;
  requireNarrow(keyword);
  const digest = token === '' ? undefined : await keyValues.digestOf(token);
  // A malformed value belongs to no key.
  if (token !== '' && digest === undefined) return { total: 0, items: [] };
  return reads.searchKeys(
    accountId,
    {
      name: keyword === '' ? undefined : keyword,
      digest,
    },
    page,
  );
}
