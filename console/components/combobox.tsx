/** Choosing several of a long list by typing, over Base UI. Load it with `lazy`. */
import { Combobox as BaseCombobox } from '@base-ui/react/combobox';
import { Check, X } from 'lucide-react';
import { useMessages } from '../i18n/messages.ts';
import { classNames } from './class-names.ts';
import styles from './combobox.module.css';
import { FieldFrame } from './field.tsx';
import popup from './popup.module.css';

interface MultiComboboxProps {
  readonly label: string;
  readonly error?: string | undefined;
  readonly placeholder: string;
  /** Everything that can be chosen. Shown as it is. */
  readonly items: readonly string[];
  readonly value: readonly string[];
  readonly onChange: (value: readonly string[]) => void;
}

/** A catalogue may have thousands of models. A browser stands still while it draws so many. */
const drawnMax = 100;

/** Several of a list. What is chosen stands in the field and can be removed there. */
export function MultiCombobox({ label, error, placeholder, items, value, onChange }: MultiComboboxProps) {
  const t = useMessages('common');
  return (
    <FieldFrame label={label} error={error}>
      <BaseCombobox.Root
        items={items}
        limit={drawnMax}
        multiple
        value={[...value]}
        // Escape closes the list. A second one must not take away what was chosen.
        onValueChange={(next, { reason }) => reason === 'escape-key' || onChange(next)}
      >
        <BaseCombobox.InputGroup className={styles.group}>
          <BaseCombobox.Chips className={styles.chips} aria-label={t('chosen', { count: value.length })}>
            {value.map((name) => (
              <BaseCombobox.Chip key={name} className={styles.chip} aria-label={name}>
                {name}
                <BaseCombobox.ChipRemove className={styles.remove} aria-label={t('remove', { name })}>
                  <X aria-hidden="true" />
                </BaseCombobox.ChipRemove>
              </BaseCombobox.Chip>
            ))}
            <BaseCombobox.Input className={styles.input} placeholder={value.length > 0 ? '' : placeholder} />
          </BaseCombobox.Chips>
        </BaseCombobox.InputGroup>
        <Options />
      </BaseCombobox.Root>
    </FieldFrame>
  );
}

function Options() {
  const t = useMessages('common');
  return (
    <BaseCombobox.Portal>
      <BaseCombobox.Positioner className={popup.positioner} sideOffset={4}>
        <BaseCombobox.Popup className={classNames(popup.popup, styles.popup)}>
          <BaseCombobox.Empty className={styles.empty}>{t('noMatch')}</BaseCombobox.Empty>
          <BaseCombobox.List className={styles.list}>
            {(name: string) => (
              <BaseCombobox.Item key={name} value={name} className={classNames(popup.item, styles.item)}>
                <span className={styles.check}>
                  <BaseCombobox.ItemIndicator>
                    <Check aria-hidden="true" />
                  </BaseCombobox.ItemIndicator>
                </span>
                {name}
              </BaseCombobox.Item>
            )}
          </BaseCombobox.List>
          <MoreByTyping />
        </BaseCombobox.Popup>
      </BaseCombobox.Positioner>
    </BaseCombobox.Portal>
  );
}

/** Says that the list is cut, also to who hears it. */
function MoreByTyping() {
  const t = useMessages('common');
  const isCut = BaseCombobox.useFilteredItems().length === drawnMax;
  return (
    <BaseCombobox.Status className={styles.more}>
      {isCut && t('moreByTyping', { count: drawnMax })}
    </BaseCombobox.Status>
  );
}
