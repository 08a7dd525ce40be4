/** The choice of columns. */
import { Columns3 } from 'lucide-react';
import { useMessages } from '../../i18n/messages.ts';
import { Button } from '../button.tsx';
import { MenuButton } from '../menu-button.tsx';
import type { Column } from './column.ts';

interface ColumnMenuProps {
  readonly columns: readonly Pick<Column<never>, 'id' | 'header' | 'isHideable'>[];
  readonly hidden: ReadonlySet<string>;
  readonly onChange: (column: string, isHidden: boolean) => void;
}

export function ColumnMenu({ columns, hidden, onChange }: ColumnMenuProps) {
  const t = useMessages('common');
  const entries = columns
    .filter(({ isHideable }) => isHideable)
    .map(({ id, header }) => ({
      kind: 'check' as const,
      label: header,
      checked: !hidden.has(id),
      onChange: (shown: boolean) => onChange(id, !shown),
    }));
  return <MenuButton trigger={<Button icon={<Columns3 />}>{t('columns')}</Button>} entries={entries} />;
}
