/** A button whose menu is loaded when it is first opened. */
import { cloneElement, lazy, type ReactElement, type ReactNode, Suspense, useState } from 'react';

const MenuOfEntries = lazy(async () => ({ default: (await import('./menu-of-entries.tsx')).MenuOfEntries }));

export type MenuEntry =
  | {
      readonly kind: 'action';
      readonly label: string;
      readonly icon?: ReactNode;
      readonly danger?: boolean;
      readonly onSelect: () => void;
    }
  | {
      readonly kind: 'check';
      readonly label: string;
      readonly checked: boolean;
      readonly onChange: (checked: boolean) => void;
    };

interface MenuButtonProps {
  readonly trigger: ReactElement<{ onClick?: () => void; 'aria-haspopup'?: 'menu' }>;
  readonly entries: readonly MenuEntry[];
}

export function MenuButton({ trigger, entries }: MenuButtonProps) {
  const [isLoaded, setLoaded] = useState(false);
  const closed = cloneElement(trigger, { 'aria-haspopup': 'menu', onClick: () => setLoaded(true) });
  if (!isLoaded) return closed;
  return (
    <Suspense fallback={closed}>
      <MenuOfEntries trigger={trigger} entries={entries} />
    </Suspense>
  );
}
