/** The open menu of a `MenuButton`. */
import type { ReactElement } from 'react';
import { Menu, MenuCheck, MenuItem } from './menu.tsx';
import type { MenuEntry } from './menu-button.tsx';

interface MenuOfEntriesProps {
  readonly trigger: ReactElement;
  readonly entries: readonly MenuEntry[];
}

export function MenuOfEntries({ trigger, entries }: MenuOfEntriesProps) {
  return (
    <Menu trigger={trigger} defaultOpen>
      {entries.map((entry) =>
        entry.kind === 'check' ? (
          <MenuCheck key={entry.label} checked={entry.checked} onChange={entry.onChange}>
            {entry.label}
          </MenuCheck>
        ) : (
          <MenuItem
            key={entry.label}
            icon={entry.icon}
            danger={entry.danger ?? false}
            onSelect={entry.onSelect}
          >
            {entry.label}
          </MenuItem>
        ),
      )}
    </Menu>
  );
}
