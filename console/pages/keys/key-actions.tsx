/** The menu of one key in the table. */
import { Ellipsis } from 'lucide-react';
import { IconButton } from '../../components/button.tsx';
import { MenuButton, type MenuEntry } from '../../components/menu-button.tsx';
import type { Key } from '../../features/keys/key.ts';
import { useMessages } from '../../i18n/messages.ts';
import { shownName } from './key-columns.tsx';

interface KeyActionsProps {
  readonly keyOf: Key;
  /** Undefined for a key of another account, which only its owner edits. */
  readonly onEdit: (() => void) | undefined;
  readonly onStatus: (status: 1 | 2) => void;
  readonly onDelete: () => void;
}

export function KeyActions({ keyOf, onEdit, onStatus, onDelete }: KeyActionsProps) {
  const t = useMessages('keys');
  const common = useMessages('common');
  const isDisabled = keyOf.status === 2;
  const edit: MenuEntry[] = onEdit ? [{ kind: 'action', label: common('edit'), onSelect: onEdit }] : [];
  return (
    <MenuButton
      trigger={
        <IconButton size="sm" label={t('actionsOf', { name: shownName(t, keyOf) })} icon={<Ellipsis />} />
      }
      entries={[
        ...edit,
        {
          kind: 'action',
          label: t(isDisabled ? 'enable' : 'disable'),
          onSelect: () => onStatus(isDisabled ? 1 : 2),
        },
        {
          kind: 'action',
          label: common('delete'),
          danger: true,
          onSelect: onDelete,
        },
      ]}
    />
  );
}
