/** Creates a key, then shows its value to be copied. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { useForm } from 'react-hook-form';
import { announce } from '../../components/announcer.tsx';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { ErrorState } from '../../components/states.tsx';
import { useLeaveGuard } from '../../components/use-leave-guard.ts';
import { useMessages } from '../../i18n/messages.ts';
import { CreatedKey } from './created-key.tsx';
import { fieldsContext } from './fields-context.ts';
import { createKey, keysKey, type OwnKey } from './key.ts';
import { fieldsOf, type KeyForm, newKeyForm } from './key-fields.ts';
import { KeyFields } from './key-form.tsx';
import { UnsavedQuestion } from './unsaved-question.tsx';

interface CreateKeyDialogProps {
  /** Takes `create` out of the address. */
  readonly onClose: () => void;
}

export function CreateKeyDialog({ onClose }: CreateKeyDialogProps) {
  const [created, setCreated] = useState<OwnKey>();
  return created === undefined ? (
    <FormStep onClose={onClose} onCreated={setCreated} />
  ) : (
    <ValueStep created={created} onClose={onClose} />
  );
}

function FormStep({ onClose, onCreated }: CreateKeyDialogProps & { onCreated: (key: OwnKey) => void }) {
  const t = useMessages('keys');
  const f = useMessages('key-form');
  const common = useMessages('common');
  const queryClient = useQueryClient();
  const form = useForm<KeyForm>({ defaultValues: newKeyForm });
  const { isDirty } = form.formState;
  const guard = useLeaveGuard(() => isDirty, 'create');
  const create = useMutation({
    mutationFn: (values: KeyForm) => createKey(fieldsOf(values, fieldsContext())),
    onSuccess: async (key) => {
      onCreated(key);
      announce(f('created_', { name: key.name }));
      await queryClient.invalidateQueries({ queryKey: keysKey });
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('create')}
      footer={
        <>
          <Button onClick={onClose}>{common('cancel')}</Button>
          <Button type="submit" form={formId} variant="primary" busy={create.isPending}>
            {t('create')}
          </Button>
        </>
      }
    >
      <form id={formId} noValidate onSubmit={form.handleSubmit((values) => create.mutate(values))}>
        <KeyFields form={form} />
      </form>
      {create.isError && <ErrorState error={create.error} />}
      {guard.isAsking && (
        <UnsavedQuestion
          title={common('unsavedTitle')}
          text={f('createUnsaved')}
          onStay={guard.stay}
          onLeave={guard.leave}
        />
      )}
    </Dialog>
  );
}

const formId = 'create-key';

function ValueStep({ created, onClose }: CreateKeyDialogProps & { created: OwnKey }) {
  const f = useMessages('key-form');
  // A ref, since leaving is asked about in the turn in which it is set.
  const isTaken = useRef(false);
  const guard = useLeaveGuard(() => !isTaken.current, 'create');
  const done = () => {
    isTaken.current = true;
    onClose();
  };
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={f('createdTitle', { name: created.name })}
      description={f(created.revealable ? 'createdAgain' : 'createdOnce')}
      footer={
        <Button variant="primary" onClick={done}>
          {f('doneCopied')}
        </Button>
      }
    >
      <CreatedKey
        created={created}
        onTaken={() => {
          isTaken.current = true;
        }}
      />
      {guard.isAsking && (
        <UnsavedQuestion
          title={f('notCopiedTitle')}
          text={f(created.revealable ? 'createdAgain' : 'createdOnce')}
          onStay={guard.stay}
          onLeave={guard.leave}
        />
      )}
    </Dialog>
  );
}
