/** The fields that a new account and one that exists have in common. */
import { useQuery } from '@tanstack/react-query';
import { useId } from 'react';
import type { UseFormReturn } from 'react-hook-form';
import { TextField } from '../../components/field.tsx';
import { Columns, Stack } from '../../components/stack.tsx';
import { SwitchField } from '../../components/toggle.tsx';
import { useMessages } from '../../i18n/messages.ts';
import type { UserForm } from './user-form.ts';
import { groupsQuery } from './user-queries.ts';

export function UserFields({ form }: { readonly form: UseFormReturn<UserForm> }) {
  const t = useMessages('users');
  const { register, watch, setValue, formState } = form;
  const { data: groups } = useQuery(groupsQuery);
  const listId = useId();
  return (
    <Stack>
      <Columns>
        <TextField {...register('displayName')} label={t('displayName')} optional />
        <TextField {...register('email')} label={t('email')} type="email" optional />
      </Columns>
      <TextField
        {...register('group', { required: t('groupMissing') })}
        label={t('group')}
        hint={t('groupHint')}
        list={listId}
        error={formState.errors.group?.message}
      />
      <datalist id={listId}>
        {['default', ...(groups ?? []).map(({ group }) => group)].map((group) => (
          <option key={group} value={group} />
        ))}
      </datalist>
      <SwitchField
        label={t('unlimited')}
        hint={t('unlimitedHint')}
        checked={watch('isUnlimited')}
        onChange={(checked) => setValue('isUnlimited', checked, { shouldDirty: true })}
      />
    </Stack>
  );
}
