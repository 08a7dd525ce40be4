/** The profile, group and role of an account. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useForm } from 'react-hook-form';
import { api, dataOf } from '../../api/client.ts';
import { type Account, roles, useAccount } from '../../api/session.ts';
import { announce } from '../../components/announcer.tsx';
import { Button } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { SelectField, TextField } from '../../components/field.tsx';
import { Stack } from '../../components/stack.tsx';
import { ErrorState } from '../../components/states.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { UserFields } from './user-fields.tsx';
import { formOf, profileOf, roleOf, type UserForm } from './user-form.ts';
import { heldAccessQuery, usersKey } from './user-queries.ts';
import styles from './users.module.css';

interface EditUserProps {
  readonly account: Account;
  /** Called when something typed is not saved, and when all is. */
  readonly onDirty: (isDirty: boolean) => void;
}

const passwordMin = 8;

export function EditUser({ account, onDirty }: EditUserProps) {
  const t = useMessages('users');
  const tCommon = useMessages('common');
  const actor = useAccount();
  const queryClient = useQueryClient();
  const form = useForm<UserForm>({ defaultValues: formOf(account) });
  const { register, handleSubmit, formState, reset, watch } = form;
  const { isDirty, errors } = formState;
  const givesRoles = actor.role === roles.root && account.role !== roles.root;
  const isLowered = givesRoles && roleOf(watch('role')) < account.role;
  const { data: held } = useQuery({ ...heldAccessQuery(account.id), enabled: isLowered });
  // The sheet that closes is outside of this form.
  useEffect(() => onDirty(isDirty), [isDirty, onDirty]);
  const save = useMutation({
    mutationFn: (values: UserForm) =>
      dataOf(
        api.PUT('/api/user', {
          body: {
            id: account.id,
            ...profileOf(values),
            ...(givesRoles && { role: roleOf(values.role) }),
            ...(values.password !== '' && { password: values.password }),
          },
        }),
      ),
    onSuccess: (saved) => {
      reset(formOf(saved));
      announce(t('saved'));
      return queryClient.invalidateQueries({ queryKey: usersKey });
    },
  });
  return (
    <section>
      <form noValidate onSubmit={handleSubmit((values) => save.mutate(values))}>
        <Stack>
          <h3>{t('profile')}</h3>
          <UserFields form={form} />
          {givesRoles && (
            <SelectField
              {...register('role')}
              label={t('role')}
              hint={t('roleHint')}
              choices={[
                { value: String(roles.user), label: t('roleUser') },
                { value: String(roles.administrator), label: t('roleAdministrator') },
              ]}
            />
          )}
          {actor.id !== account.id && (
            <TextField
              {...register('password', {
                validate: (text) => text === '' || text.length >= passwordMin || t('passwordShort'),
              })}
              label={t('newPassword')}
              hint={t('newPasswordHint')}
              optional
              autoComplete="new-password"
              spellCheck={false}
              error={errors.password?.message}
            />
          )}
          {isLowered && held && (
            <Callout tone="warn">{t('roleLowered', { sessions: held.sessions })}</Callout>
          )}
          {watch('password') !== '' && <Callout tone="warn" title={t('newPasswordEnds')} />}
          {save.error && <ErrorState error={save.error} />}
          {save.isSuccess && !isDirty && <Callout tone="ok" title={t('saved')} />}
          <div className={styles.save}>
            <Button type="submit" variant="primary" busy={save.isPending} aria-disabled={!isDirty}>
              {tCommon('save')}
            </Button>
          </div>
        </Stack>
      </form>
    </section>
  );
}
