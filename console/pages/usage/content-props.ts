/** What the parts of the usage page get. */
import type { UsageSeries } from '../../features/usage/figures.ts';
import type { UsageSearch } from './route.ts';
import type { Shown } from './usage-query.ts';

export interface ContentProps {
  readonly usage: UsageSeries;
  readonly shown: Shown;
  readonly search: UsageSearch;
  readonly onChange: (next: Partial<UsageSearch>) => void;
}
