/** Edits a key, and says beforehand what a narrower setting ends. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { useForm } from 'react-hook-form';
import { announce } from '../../components/announcer.tsx';
import { Button } from '../../components/button.tsx';
import { Sheet } from '../../components/dialog.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { useLeaveGuard } from '../../components/use-leave-guard.ts';
import { useMessages } from '../../i18n/messages.ts';
import { fieldsContext } from './fields-context.ts';
import { keyQuery, keysKey, type OwnKey, updateKey } from './key.ts';
import { changedFields, formOf, type KeyForm } from './key-fields.ts';
import { KeyFields } from './key-form.tsx';
import { NarrowingNotice } from './narrowing-notice.tsx';
import { UnsavedQuestion } from './unsaved-question.tsx';

interface EditKeySheetProps {
  readonly id: number;
  /** Takes `edit` out of the address. */
  readonly onClose: () => void;
}

const skeletonHeight = 24;

export function EditKeySheet({ id, onClose }: EditKeySheetProps) {
  const t = useMessages('keys');
  const { data, error, refetch } = useQuery({ ...keyQuery(id), refetchOnWindowFocus: false });
  if (data) return <EditForm key={data.id} keyOf={data} onClose={onClose} />;
  return (
    <Sheet open onClose={onClose} title={t('edit')}>
      {error ? (
        <ErrorState error={error} onRetry={() => void refetch()} />
      ) : (
        <Skeleton height={skeletonHeight} />
      )}
    </Sheet>
  );
}

const formId = 'edit-key';

function EditForm({ keyOf, onClose }: Omit<EditKeySheetProps, 'id'> & { keyOf: OwnKey }) {
  const t = useMessages('keys');
  const f = useMessages('key-form');
  const common = useMessages('common');
  const queryClient = useQueryClient();
  // As it was opened: later changes of others must not move what the user edits.
  const before = useRef(formOf(keyOf)).current;
  const form = useForm<KeyForm>({ defaultValues: before });
  const isSaved = useRef(false);
  const { isDirty } = form.formState;
  const guard = useLeaveGuard(() => isDirty && !isSaved.current, 'edit');
  const save = useMutation({
    mutationFn: (values: KeyForm) =>
      updateKey({ id: keyOf.id, ...changedFields(before, values, fieldsContext()) }),
    onSuccess: async ({ name }) => {
      isSaved.current = true;
      announce(f('saved', { name }));
      onClose();
      await queryClient.invalidateQueries({ queryKey: keysKey });
    },
  });
  return (
    <Sheet
      open
      onClose={onClose}
      title={f('editTitle', { name: keyOf.name || t('unnamed', { id: String(keyOf.id) }) })}
      footer={
        <>
          <Button onClick={onClose}>{common('cancel')}</Button>
          <Button type="submit" form={formId} variant="primary" busy={save.isPending}>
            {common('save')}
          </Button>
        </>
      }
    >
      <form id={formId} noValidate onSubmit={form.handleSubmit((values) => save.mutate(values))}>
        <KeyFields form={form} expiresAt={keyOf.expired_time === -1 ? undefined : keyOf.expired_time} />
      </form>
      <NarrowingNotice id={keyOf.id} before={before} after={form.watch()} />
      {save.isError && <ErrorState error={save.error} />}
      {guard.isAsking && (
        <UnsavedQuestion
          title={common('unsavedTitle')}
          text={common('unsavedText')}
          onStay={guard.stay}
          onLeave={guard.leave}
        />
      )}
    </Sheet>
  );
}
