/** Asks before something that cannot be undone. Load it with `lazy`. */
import { type ReactNode, useRef } from 'react';
import { useMessages } from '../i18n/messages.ts';
import { Button } from './button.tsx';
import { AlertDialog } from './dialog.tsx';
import { ErrorState } from './states.tsx';

interface ConfirmDialogProps {
  readonly title: string;
  readonly text: string;
  /** Names what the button does. */
  readonly action: string;
  readonly busy: boolean;
  /** Why it failed; null or undefined = it did not, or the page says so elsewhere. */
  readonly error?: unknown;
  readonly onConfirm: () => void;
  readonly onClose: () => void;
  /** What to know before. */
  readonly children?: ReactNode;
}

export function ConfirmDialog(props: ConfirmDialogProps) {
  const { title, text, action, busy, error, onConfirm, onClose, children } = props;
  const t = useMessages('common');
  const cancel = useRef<HTMLButtonElement>(null);
  return (
    <AlertDialog
      open
      onClose={onClose}
      title={title}
      description={text}
      initialFocus={cancel}
      footer={
        <>
          <Button ref={cancel} onClick={onClose}>
            {t('cancel')}
          </Button>
          <Button variant="danger" busy={busy} onClick={onConfirm}>
            {action}
          </Button>
        </>
      }
    >
      {children}
      {error != null && <ErrorState error={error} />}
    </AlertDialog>
  );
}
