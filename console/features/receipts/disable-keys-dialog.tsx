/** Asks before several keys are disabled, and says what runs with them. Load it through `lazy.ts`. */
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { RunningOfKeys } from './running-now.tsx';

interface DisableKeysDialogProps {
  readonly ids: readonly number[];
  readonly onConfirm: () => void;
  readonly onClose: () => void;
}

export function DisableKeysDialog({ ids, onConfirm, onClose }: DisableKeysDialogProps) {
  const t = useMessages('receipts');
  return (
    <ConfirmDialog
      title={t('disableTitle', { count: ids.length })}
      text={t('disableText')}
      action={t('disableKeys', { count: ids.length })}
      busy={false}
      onConfirm={onConfirm}
      onClose={onClose}
    >
      <RunningOfKeys ids={ids} isFinal={false} />
    </ConfirmDialog>
  );
}
