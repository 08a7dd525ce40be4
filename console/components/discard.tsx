/** Asks before what was typed into a dialog is thrown away. Load it with `lazy`, as dialogs are. */
import { type ReactNode, useRef } from 'react';
import { useMessages } from '../i18n/messages.ts';
import { Button } from './button.tsx';
import { AlertDialog } from './dialog.tsx';
import { useLeaveGuard } from './use-leave-guard.ts';

/**
 * As `useLeaveGuard`, with its question.
 *
 * @param isDirty whether something would be lost
 * @param parameter the search parameter that the dialog is open by
 * @returns the question, to be shown in the dialog
 */
export function useDiscard(isDirty: boolean, parameter: string): ReactNode {
  const t = useMessages('common');
  const stay = useRef<HTMLButtonElement>(null);
  const guard = useLeaveGuard(() => isDirty, parameter);
  return (
    <AlertDialog
      open={guard.isAsking}
      onClose={guard.stay}
      title={t('unsavedTitle')}
      description={t('unsavedText')}
      initialFocus={stay}
      footer={
        <>
          <Button ref={stay} onClick={guard.stay}>
            {t('unsavedStay')}
          </Button>
          <Button variant="danger" onClick={guard.leave}>
            {t('unsavedLeave')}
          </Button>
        </>
      }
    />
  );
}
