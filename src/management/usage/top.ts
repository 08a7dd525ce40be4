/** The models, keys or accounts with the highest charges of a period. */
import { z } from 'zod';
import type { UsageDimension, UsageFilter } from '../../store/usage-store.ts';
import type { Services } from '../services.ts';
import { figuresOf, figuresSchema } from './figures.ts';
import { namedValue, nameFields } from './names.ts';

const topShown = 5;

export const topSchema = z.object({ ...nameFields, totals: figuresSchema });
export type Top = z.infer<typeof topSchema>;

/** The highest first. */
export async function topOf(
  services: Services,
  filter: UsageFilter,
  { start, end }: { readonly start: number; readonly end: number },
  by: UsageDimension,
  isForAdmin: boolean,
): Promise<Top[]> {
  const { reads } = services;
  const { values } = await reads.rankUsage({
    ...filter,
    from: start,
    to: end,
    by,
    order: 'units',
    limit: topShown,
  });
  if (values.length === 0) return [];
  const rows = await reads.sumUsage({ ...filter, bounds: [start, end], by, values });
  return Promise.all(
    values.flatMap((value) => {
      const row = rows.find((each) => each.value === value);
      return row ? [named(services, by, value, isForAdmin, figuresOf(row.sums))] : [];
    }),
  );
}

async function named(
  services: Services,
  by: UsageDimension,
  value: number | string,
  isForAdmin: boolean,
  totals: Top['totals'],
): Promise<Top> {
  return { ...(await namedValue(services, by, value, isForAdmin)), totals };
}
