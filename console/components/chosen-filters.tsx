/** The filters of a list that have no field of their own: each names itself and can be dropped. */
import { X } from 'lucide-react';
import { Button } from './button.tsx';
import { Inline } from './stack.tsx';

export interface ChosenFilter<Search> {
  readonly name: string;
  /** The change of the search that ends it. */
  readonly drop: Search;
}

interface ChosenFiltersProps<Search> {
  readonly chosen: readonly (ChosenFilter<Search> | false)[];
  readonly dropLabel: (name: string) => string;
  readonly onDrop: (drop: Search) => void;
}

export function ChosenFilters<Search>({ chosen, dropLabel, onDrop }: ChosenFiltersProps<Search>) {
  const shown = chosen.filter((each) => each !== false);
  if (shown.length === 0) return null;
  return (
    <Inline>
      {shown.map(({ name, drop }) => (
        <Button key={name} size="sm" icon={<X />} aria-label={dropLabel(name)} onClick={() => onDrop(drop)}>
          <bdi>{name}</bdi>
        </Button>
      ))}
    </Inline>
  );
}
