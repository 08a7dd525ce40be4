/** What can be done with the selected keys. */
import { Pause, Play, Trash2, X } from 'lucide-react';
import { Button, IconButton } from '../../components/button.tsx';
import { useMessages } from '../../i18n/messages.ts';
import styles from './selection-bar.module.css';

interface SelectionBarProps {
  readonly count: number;
  readonly busy: boolean;
  readonly onEnable: () => void;
  readonly onDisable: () => void;
  readonly onDelete: () => void;
  readonly onClear: () => void;
}

export function SelectionBar(props: SelectionBarProps) {
  const { count, busy, onEnable, onDisable, onDelete, onClear } = props;
  const t = useMessages('keys');
  const common = useMessages('common');
  return (
    <section className={styles.bar} aria-label={t('selection')}>
      <strong>{t('selected', { count })}</strong>
      <span className={styles.actions}>
        <Button size="sm" icon={<Play />} busy={busy} onClick={onEnable}>
          {t('enable')}
        </Button>
        <Button size="sm" icon={<Pause />} busy={busy} onClick={onDisable}>
          {t('disable')}
        </Button>
        <Button size="sm" icon={<Trash2 />} busy={busy} onClick={onDelete}>
          {common('delete')}
        </Button>
        <IconButton size="sm" icon={<X />} label={t('clearSelection')} onClick={onClear} />
      </span>
    </section>
  );
}
