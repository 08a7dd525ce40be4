/** Pagination as in the compatible API: out-of-range numbers are clamped. */
import { z } from 'zod';
import { limits } from '../platform/limits.ts';
import type { Page, PageQuery } from '../store/store.ts';
import { numberParameter, pagingParameter } from './query-parameters.ts';

const page_max = 1_000_000_000;

export interface PageRequest extends PageQuery {
  /** Counted from 1. */
  readonly page: number;
}

/** Parameters of every paginated endpoint. */
export const pageParameters = {
  p: pagingParameter('Page number, from 1. A smaller number counts as 1.'),
  page_size: pagingParameter(
    `Records per page, ${limits.page_size_default} by default, at most ${limits.page_size_max}. Also accepted as \`ps\` or \`size\`.`,
    ['ps', 'size'],
  ),
} as const;

/** Cursor for records that may be deleted between pages: none is skipped and none is repeated. */
export const beforeParameter = {
  before_id: numberParameter(
    'Only records with lower ids. The id of the last record continues the list, also when records are added or deleted.',
  ),
} as const;

/** Reads `p` and `page_size` (or `ps`, or `size`). */
export function readPage(query: URLSearchParams): PageRequest {
  const before = naturalOf(query.get('before_id'));
  const page = makePage(query.get('p'), query.get('page_size') ?? query.get('ps') ?? query.get('size'));
  return { ...page, beforeId: before && Math.min(before, Number.MAX_SAFE_INTEGER) };
}

/** As `readPage`, from values that may be missing. */
export function makePage(p: string | null, size: string | null): PageRequest {
  const page = Math.min(naturalOf(p) ?? 1, page_max);
  const limit = Math.min(naturalOf(size) ?? limits.page_size_default, limits.page_size_max);
  return { page, limit, offset: (page - 1) * limit };
}

function naturalOf(text: string | null): number | undefined {
  return text !== null && /^0*[1-9][0-9]*$/.test(text) ? Number(text) : undefined;
}

/** The page object of the compatible API. */
export function pageRecord<Row>(
  request: PageRequest,
  page: Page<Row>,
  record: (row: Row) => unknown,
): object {
  return {
    page: request.page,
    page_size: request.limit,
    total: page.total,
    items: page.items.map(record),
  };
}

/** The schema of such a page. */
export function pageOf(record: z.ZodType): z.ZodType {
  return z.object({ page: z.int(), page_size: z.int(), total: z.int(), items: z.array(record) });
}
