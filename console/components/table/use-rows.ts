/** The rows of a numbered page, and the way to the last page for a reader who is past it. */
import { useEffect } from 'react';

interface Found<Row> {
  readonly data: { readonly items: readonly Row[]; readonly total: number } | undefined;
  /** Whether `data` answers another question: the one asked before. */
  readonly isPlaceholderData: boolean;
}

interface Place {
  /** From 1. */
  readonly page: number;
  readonly pageSize: number;
  /** @param replace the present page is none to come back to */
  readonly onPage: (page: number, replace: boolean) => void;
}

/**
 * A list becomes shorter when its last rows are deleted, and an address may be old. Such a page has no rows although the
 * list has some, so it must not be shown as an empty list.
 *
 * @returns undefined while it is not known what the page holds
 */
export function useRows<Row>({ data, isPlaceholderData }: Found<Row>, { page, pageSize, onPage }: Place) {
  const isEmpty = data?.items.length === 0;
  const isPastEnd = isEmpty && !isPlaceholderData && page > 1;
  const pages = Math.max(1, Math.ceil((data?.total ?? 0) / pageSize));
  useEffect(() => {
    if (isPastEnd) onPage(Math.min(pages, page - 1), true);
  }, [isPastEnd, pages, page, onPage]);
  return isPastEnd || (isEmpty && isPlaceholderData) ? undefined : data?.items;
}
