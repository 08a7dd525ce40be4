/** Dialogs and side sheets, over Base UI. Load them with `lazy`: most visits open none. */
import { AlertDialog as BaseAlertDialog } from '@base-ui/react/alert-dialog';
import { Dialog as BaseDialog } from '@base-ui/react/dialog';
import { X } from 'lucide-react';
import { type ReactNode, type RefObject, useRef } from 'react';
import { useMessages } from '../i18n/messages.ts';
import { IconButton } from './button.tsx';
import { classNames } from './class-names.ts';
import styles from './dialog.module.css';

interface DialogProps {
  readonly open: boolean;
  /** The user wants to close it. Keep it open to protect what was typed. Undefined = it cannot be closed. */
  readonly onClose: (() => void) | undefined;
  readonly title: string;
  readonly description?: ReactNode;
  /** Buttons at the end; the main action last. */
  readonly footer?: ReactNode;
  /** Gets the focus at first; without one, the first control of the content does. */
  readonly initialFocus?: RefObject<HTMLElement | null>;
  readonly wide?: boolean;
  readonly children?: ReactNode;
}

/** A dialog in the middle of the page. */
export function Dialog({ wide = false, ...props }: DialogProps) {
  return <Popup {...props} className={classNames(styles.dialog, wide && styles.wide)} />;
}

/** A sheet at the end of the page, over its whole height: to read or edit one thing of a list. */
export function Sheet({ wide = false, ...props }: DialogProps) {
  return <Popup {...props} className={classNames(styles.sheet, wide && styles.wideSheet)} />;
}

const controls = 'input:not([hidden]), select, textarea, button, a[href]';

interface PopupProps extends DialogProps {
  readonly className: string;
}

function Popup(props: PopupProps) {
  const { open, onClose, title, description, footer, initialFocus, className, children } = props;
  const t = useMessages('common');
  const body = useRef<HTMLDivElement>(null);
  const firstControl = () => body.current?.querySelector<HTMLElement>(controls) ?? true;
  return (
    <BaseDialog.Root open={open} onOpenChange={(next) => next || onClose?.()}>
      <BaseDialog.Portal>
        <BaseDialog.Backdrop className={styles.backdrop} />
        <BaseDialog.Popup className={className} initialFocus={initialFocus ?? firstControl}>
          <header className={styles.header}>
            <div>
              <BaseDialog.Title className={styles.title}>{title}</BaseDialog.Title>
              {description !== undefined && (
                <BaseDialog.Description className={styles.description}>{description}</BaseDialog.Description>
              )}
            </div>
            {onClose && (
              <BaseDialog.Close render={<IconButton label={t('close')} icon={<X />} size="sm" />} />
            )}
          </header>
          <div ref={body} className={styles.body}>
            {children}
          </div>
          {footer !== undefined && <footer className={styles.footer}>{footer}</footer>}
        </BaseDialog.Popup>
      </BaseDialog.Portal>
    </BaseDialog.Root>
  );
}

interface AlertDialogProps extends Omit<DialogProps, 'wide'> {
  /** The least harmful control. */
  readonly initialFocus: RefObject<HTMLElement | null>;
  /** Whether what opened it is gone when it closes: then the title of the page gets the focus. */
  readonly isOpenerGone?: boolean;
}

/** Asks before something that cannot be undone. Clicks outside do not close it. */
export function AlertDialog(props: AlertDialogProps) {
  const { open, onClose, title, description, footer, initialFocus, isOpenerGone, children } = props;
  return (
    <BaseAlertDialog.Root open={open} onOpenChange={(next) => next || onClose?.()}>
      <BaseAlertDialog.Portal>
        <BaseAlertDialog.Backdrop className={styles.backdrop} />
        <BaseAlertDialog.Popup
          className={styles.dialog}
          initialFocus={initialFocus}
          finalFocus={isOpenerGone ? () => document.getElementById('page-title') : true}
        >
          <header className={styles.header}>
            <div>
              <BaseAlertDialog.Title className={styles.title}>{title}</BaseAlertDialog.Title>
              {description !== undefined && (
                <BaseAlertDialog.Description className={styles.description}>
                  {description}
                </BaseAlertDialog.Description>
              )}
            </div>
          </header>
          <div className={styles.body}>{children}</div>
          {footer !== undefined && <footer className={styles.footer}>{footer}</footer>}
        </BaseAlertDialog.Popup>
      </BaseAlertDialog.Portal>
    </BaseAlertDialog.Root>
  );
}
