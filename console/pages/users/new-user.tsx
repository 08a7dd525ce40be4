/** The sheet that makes an account. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { WandSparkles } from 'lucide-react';
import { useId } from 'react';
import { useForm } from 'react-hook-form';
import { api, dataOf } from '../../api/client.ts';
import { roles, useAccount } from '../../api/session.ts';
import { Button } from '../../components/button.tsx';
import { Sheet } from '../../components/dialog.tsx';
import { useDiscard } from '../../components/discard.tsx';
import { SelectField, TextField } from '../../components/field.tsx';
import { Stack } from '../../components/stack.tsx';
import { ErrorState } from '../../components/states.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { HandOver } from './hand-over.tsx';
import { UserFields } from './user-fields.tsx';
import { emptyForm, makePassword, profileOf, roleOf, type UserForm, unitsOf } from './user-form.ts';
import { usersKey } from './user-queries.ts';

interface NewUserProps {
  readonly onClose: () => void;
  readonly onCreated: (id: number) => void;
}

const passwordMin = 8;

function createUser(form: UserForm) {
  const { display_name, ...profile } = profileOf(form);
  const username = form.username.trim();
  return dataOf(
    api.POST('/api/user', {
      body: {
        ...profile,
        username,
        password: form.password,
        display_name: display_name || username,
        role: roleOf(form.role),
        ...(!form.isUnlimited && { quota: unitsOf(form.balance) ?? 0 }),
      },
    }),
  );
}

export function NewUser({ onClose, onCreated }: NewUserProps) {
  const t = useMessages('users');
  const tCommon = useMessages('common');
  const formId = useId();
  const actor = useAccount();
  const queryClient = useQueryClient();
  const form = useForm<UserForm>({ defaultValues: emptyForm });
  const { register, watch, setValue, handleSubmit, formState } = form;
  const { errors } = formState;
  const create = useMutation({
    mutationFn: createUser,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: usersKey }),
  });
  const discard = useDiscard(formState.isDirty && !create.data, 'create');
  const password = watch('password');
  if (create.data) {
    const { id, username } = create.data;
    return <HandOver username={username} password={password} onDone={() => onCreated(id)} />;
  }
  return (
    <Sheet
      open
      onClose={onClose}
      title={t('create')}
      description={t('createHint')}
      footer={
        <>
          <Button onClick={onClose}>{tCommon('cancel')}</Button>
          <Button type="submit" form={formId} variant="primary" busy={create.isPending}>
            {t('create')}
          </Button>
        </>
      }
    >
      <form id={formId} noValidate onSubmit={handleSubmit((values) => create.mutate(values))}>
        <Stack>
          {create.error && <ErrorState error={create.error} />}
          <TextField
            {...register('username', {
              validate: (name) => /^\S+$/.test(name.trim()) || t('usernameWrong'),
            })}
            label={t('username')}
            hint={t('usernameHint')}
            spellCheck={false}
            error={errors.username?.message}
          />
          <Stack gap="sm">
            <TextField
              {...register('password', {
                minLength: { value: passwordMin, message: t('passwordShort') },
                required: t('passwordShort'),
              })}
              label={t('password')}
              hint={t('passwordHint')}
              autoComplete="new-password"
              spellCheck={false}
              error={errors.password?.message}
            />
            <div>
              <Button
                size="sm"
                icon={<WandSparkles />}
                onClick={() =>
                  setValue('password', makePassword(), { shouldDirty: true, shouldValidate: true })
                }
              >
                {t('generate')}
              </Button>
            </div>
          </Stack>
          {actor.role === roles.root && (
            <SelectField
              {...register('role')}
              label={t('role')}
              hint={t('roleHint')}
              choices={roleChoices(t)}
            />
          )}
          <UserFields form={form} />
          {!watch('isUnlimited') && (
            <TextField
              {...register('balance', {
                validate: (text) => unitsOf(text) !== undefined || t('amountWrong'),
              })}
              label={t('firstBalance')}
              prefix="$"
              inputMode="decimal"
              error={errors.balance?.message}
            />
          )}
        </Stack>
      </form>
      {discard}
    </Sheet>
  );
}

function roleChoices(t: ReturnType<typeof useMessages<'users'>>) {
  return [
    { value: String(roles.user), label: t('roleUser') },
    { value: String(roles.administrator), label: t('roleAdministrator') },
  ];
}
