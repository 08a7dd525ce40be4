/** Choosing one of a list that the server searches, over Base UI. Load it with `lazy`. */
import { Combobox as BaseCombobox } from '@base-ui/react/combobox';
import { Check, ChevronDown } from 'lucide-react';
import { useMessages } from '../i18n/messages.ts';
import { classNames } from './class-names.ts';
import styles from './combobox.module.css';
import { FieldFrame } from './field.tsx';
import popup from './popup.module.css';

export interface RemoteItem {
  readonly value: string;
  readonly label: string;
  /** Beside the label, for example the masked value of a key. */
  readonly note?: string;
}

interface RemoteComboboxProps {
  readonly label: string;
  readonly hint?: string;
  readonly isLabelHidden?: boolean;
  readonly placeholder?: string;
  /** What the server found; undefined while it searches for the first time. */
  readonly items: readonly RemoteItem[] | undefined;
  /** Undefined = nothing chosen. */
  readonly value: RemoteItem | undefined;
  readonly onChange: (value: RemoteItem | undefined) => void;
  /** Called with what the user types, and with '' when the list opens. */
  readonly onSearch: (text: string) => void;
}

export function RemoteCombobox(props: RemoteComboboxProps) {
  const { label, hint, isLabelHidden, placeholder = '', items, value, onChange, onSearch } = props;
  const t = useMessages('common');
  return (
    <FieldFrame label={label} hint={hint} isLabelHidden={isLabelHidden ?? false}>
      <BaseCombobox.Root<RemoteItem>
        items={items ?? []}
        filter={null}
        value={value ?? null}
        isItemEqualToValue={(item, chosen) => item.value === chosen.value}
        onValueChange={(next) => onChange(next ?? undefined)}
        onInputValueChange={(text, { reason }) => {
          if (reason === 'input-change') onSearch(text);
        }}
        onOpenChange={(open) => open && onSearch('')}
      >
        <BaseCombobox.InputGroup className={styles.group}>
          <BaseCombobox.Input className={styles.input} placeholder={placeholder} />
          <BaseCombobox.Trigger className={styles.trigger} aria-label={t('openList')}>
            <ChevronDown aria-hidden="true" />
          </BaseCombobox.Trigger>
        </BaseCombobox.InputGroup>
        <BaseCombobox.Portal>
          <BaseCombobox.Positioner className={popup.positioner} sideOffset={4}>
            <BaseCombobox.Popup className={classNames(popup.popup, styles.popup)}>
              <BaseCombobox.Empty className={styles.empty}>
                {t(items === undefined ? 'loading' : 'noMatch')}
              </BaseCombobox.Empty>
              <BaseCombobox.List className={styles.list}>
                {(item: RemoteItem) => (
                  <BaseCombobox.Item
                    key={item.value}
                    value={item}
                    className={classNames(popup.item, styles.item)}
                  >
                    <span className={styles.check}>
                      <BaseCombobox.ItemIndicator>
                        <Check aria-hidden="true" />
                      </BaseCombobox.ItemIndicator>
                    </span>
                    <bdi className={styles.itemLabel}>{item.label}</bdi>
                    {item.note !== undefined && <span className={styles.note}>{item.note}</span>}
                  </BaseCombobox.Item>
                )}
              </BaseCombobox.List>
            </BaseCombobox.Popup>
          </BaseCombobox.Positioner>
        </BaseCombobox.Portal>
      </BaseCombobox.Root>
    </FieldFrame>
  );
}
