/** The command menu (Ctrl/Cmd K): finds pages and actions by their names. */
import { Autocomplete } from '@base-ui/react/autocomplete';
import { Dialog } from '@base-ui/react/dialog';
import { useNavigate } from '@tanstack/react-router';
import { Search } from 'lucide-react';
import { roles, useAccount } from '../api/session.ts';
import { VisuallyHidden } from '../components/visually-hidden.tsx';
import { useMessages } from '../i18n/messages.ts';
import styles from './command-menu.module.css';
import { type NavigationItem, navigation } from './navigation.ts';

interface Command {
  readonly value: string;
  readonly label: string;
  readonly icon: NavigationItem['icon'];
}

interface CommandGroup {
  readonly value: string;
  readonly items: readonly Command[];
}

export function CommandMenu({ onClose }: { readonly onClose: () => void }) {
  const t = useMessages('common');
  const { role } = useAccount();
  const navigate = useNavigate();
  const groups: readonly CommandGroup[] = navigation
    .filter((group) => !group.isForAdministrators || role >= roles.administrator)
    .map(({ label, items }) => ({
      value: t(label),
      items: items.map(({ to, label: name, icon }) => ({ value: to, label: t(name), icon })),
    }));
  const go = (to: string) => {
    onClose();
    void navigate({ to });
  };
  return (
    <Dialog.Root open onOpenChange={(open) => open || onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className={styles.backdrop} />
        <Dialog.Popup className={styles.popup} aria-label={t('commandMenuLabel')}>
          <Autocomplete.Root open inline items={groups} autoHighlight="always" keepHighlight>
            <div className={styles.inputRow}>
              <Search aria-hidden="true" />
              <Autocomplete.Input
                aria-label={t('commandMenu')}
                placeholder={t('commandMenu')}
                className={styles.input}
              />
            </div>
            <Dialog.Close render={<button type="button" className={styles.close} />}>
              <VisuallyHidden>{t('close')}</VisuallyHidden>
            </Dialog.Close>
            <Autocomplete.Empty className={styles.empty}>{t('commandMenuEmpty')}</Autocomplete.Empty>
            <Autocomplete.List className={styles.list}>
              {(group: CommandGroup) => (
                <Autocomplete.Group key={group.value} items={group.items}>
                  <Autocomplete.GroupLabel className={styles.group}>{group.value}</Autocomplete.GroupLabel>
                  <Autocomplete.Collection>
                    {({ value, label, icon: Icon }: Command) => (
                      <Autocomplete.Item
                        key={value}
                        value={{ value, label }}
                        className={styles.item}
                        onClick={() => go(value)}
                      >
                        <Icon aria-hidden="true" />
                        {label}
                      </Autocomplete.Item>
                    )}
                  </Autocomplete.Collection>
                </Autocomplete.Group>
              )}
            </Autocomplete.List>
          </Autocomplete.Root>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
