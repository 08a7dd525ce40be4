/** Sets the multiplier of a group. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId } from 'react';
import { useForm } from 'react-hook-form';
import { api, dataOf } from '../../api/client.ts';
import { announce } from '../../components/announcer.tsx';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { TextField } from '../../components/field.tsx';
import { Stack } from '../../components/stack.tsx';
import { ErrorState } from '../../components/states.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { isAmount } from './price-form.ts';
import { pricesKey } from './price-queries.ts';

interface GroupForm {
  readonly group: string;
  readonly multiplier: string;
}

export function GroupDialog({ onClose }: { readonly onClose: () => void }) {
  const t = useMessages('prices');
  const tCommon = useMessages('common');
  const formId = useId();
  const queryClient = useQueryClient();
  const { register, handleSubmit, formState } = useForm<GroupForm>({
    defaultValues: { group: '', multiplier: '1' },
  });
  const { errors } = formState;
  const set = useMutation({
    mutationFn: ({ group, multiplier }: GroupForm) =>
      dataOf(api.PUT('/api/price/group', { body: { group: group.trim(), multiplier: multiplier.trim() } })),
    onSuccess: async (_data, { group }) => {
      announce(t('multiplierSet', { group }));
      await queryClient.invalidateQueries({ queryKey: pricesKey });
      onClose();
    },
  });
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('setMultiplier')}
      description={t('setMultiplierText')}
      footer={
        <>
          <Button onClick={onClose}>{tCommon('cancel')}</Button>
          <Button type="submit" form={formId} variant="primary" busy={set.isPending}>
            {t('setMultiplier')}
          </Button>
        </>
      }
    >
      <form id={formId} noValidate onSubmit={handleSubmit((values) => set.mutate(values))}>
        <Stack>
          {set.error && <ErrorState error={set.error} />}
          <TextField
            {...register('group', { validate: (text) => text.trim() !== '' || t('groupMissing') })}
            label={t('group')}
            error={errors.group?.message}
          />
          <TextField
            {...register('multiplier', { validate: (text) => isAmount(text) || t('multiplierWrong') })}
            label={t('multiplier')}
            hint={t('multiplierHint')}
            inputMode="decimal"
            error={errors.multiplier?.message}
          />
        </Stack>
      </form>
    </Dialog>
  );
}
