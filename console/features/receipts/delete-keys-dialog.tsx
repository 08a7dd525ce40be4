/**
 * Asks before keys are deleted, shows each node as it confirms, and ends with the receipt. Load it through `lazy.ts`.
 */
import { Trash2 } from 'lucide-react';
import { type RefObject, useEffect, useId, useRef, useState } from 'react';
import { announce } from '../../components/announcer.tsx';
import { Button } from '../../components/button.tsx';
import { AlertDialog } from '../../components/dialog.tsx';
import { HoldButton } from '../../components/hold-button.tsx';
import { ErrorState } from '../../components/states.tsx';
import { isolated } from '../../format/isolate.ts';
import { useMessages } from '../../i18n/messages.ts';
import { DeletionNodes } from './deletion-nodes.tsx';
import { DeletionOutcome } from './deletion-outcome.tsx';
import { DeletionQuestion } from './deletion-question.tsx';
import { confirmationOf, type DoomedKey } from './doomed-key.ts';
import { ReceiptActions } from './receipt-actions.tsx';
import { useDeletion } from './use-deletion.ts';

interface DeleteKeysDialogProps {
  readonly keys: readonly DoomedKey[];
  /** The user closes it: before the deletion, or after its end. */
  readonly onClose: () => void;
  readonly onDeleted: (ids: readonly number[]) => void;
}

export function DeleteKeysDialog({ keys, onClose, onDeleted }: DeleteKeysDialogProps) {
  const t = useMessages('receipts');
  const hintId = useId();
  const [typed, setTyped] = useState('');
  const [isUnconfirmed, setUnconfirmed] = useState(false);
  const { progress, deletion } = useDeletion(onDeleted);
  const { done } = progress;
  const close = useCloseButton(done !== undefined);
  const confirmation = confirmationOf(keys);
  const isArmed = typed.trim().normalize() === confirmation.normalize();
  const warn = () => {
    setUnconfirmed(true);
    announce(t('unconfirmed'));
  };
  const remove = () => deletion.mutate(keys.map(({ id }) => id));
  const names = { count: keys.length, name: isolated(keys[0]?.name.trim() || `#${keys[0]?.id}`) };
  const stage = done ? 'doneTitle' : deletion.isPending ? 'deletingTitle' : 'askTitle';
  return (
    <AlertDialog
      open
      onClose={deletion.isPending ? () => undefined : onClose}
      title={t(stage, names)}
      initialFocus={close}
      isOpenerGone={done !== undefined}
      footer={
        <>
          {done?.receipt && <ReceiptActions signed={done.receipt} />}
          <CloseButton
            closeRef={close}
            isDone={done !== undefined}
            busy={deletion.isPending && !done}
            onClose={onClose}
          />
          {!done && (
            <HoldButton
              isArmed={isArmed}
              busy={deletion.isPending}
              icon={<Trash2 />}
              describedBy={hintId}
              onHeld={remove}
              onReleased={warn}
            >
              {t('deleteKeys', { count: keys.length })}
            </HoldButton>
          )}
        </>
      }
    >
      {progress.committed === 0 && (
        <DeletionQuestion
          keys={keys}
          confirmation={confirmation}
          typed={typed}
          hintId={hintId}
          isUnconfirmed={isUnconfirmed && !isArmed}
          disabled={deletion.isPending}
          onType={setTyped}
          onSubmit={() => (isArmed ? !deletion.isPending && remove() : warn())}
        />
      )}
      {progress.committed > 0 && !done && <DeletionNodes progress={progress} />}
      {done && <DeletionOutcome done={done} progress={progress} />}
      {deletion.isError && <ErrorState error={deletion.error} />}
    </AlertDialog>
  );
}

/** Where the focus goes when the deletion has ended and its button is gone. */
function useCloseButton(isDone: boolean): RefObject<HTMLButtonElement | null> {
  const close = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (isDone) close.current?.focus();
  }, [isDone]);
  return close;
}

interface CloseButtonProps {
  readonly closeRef: RefObject<HTMLButtonElement | null>;
  readonly isDone: boolean;
  readonly busy: boolean;
  readonly onClose: () => void;
}

function CloseButton({ closeRef, isDone, busy, onClose }: CloseButtonProps) {
  const common = useMessages('common');
  return (
    <Button ref={closeRef} disabled={busy} onClick={onClose}>
      {common(isDone ? 'close' : 'cancel')}
    </Button>
  );
}
