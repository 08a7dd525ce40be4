/** Chooses a password for root, by the one-time code of the setup link. */
import { queryOptions, useMutation } from '@tanstack/react-query';
import { useForm } from 'react-hook-form';
import { api, dataOf } from '../../api/client.ts';
import type { Account } from '../../api/session.ts';
import { Button } from '../../components/button.tsx';
import { TextField } from '../../components/field.tsx';
import { Stack } from '../../components/stack.tsx';
import { PasswordField } from '../../features/sign-in/password-field.tsx';
import { SignInFailure } from '../../features/sign-in/sign-in-failure.tsx';
import { useMessages } from '../../i18n/messages.ts';

/** Whether a setup code still works, and for which account. */
export const setupQuery = (code: string) =>
  queryOptions({
    queryKey: ['setup', code],
    queryFn: ({ signal }) => dataOf(api.POST('/api/user/setup/check', { signal, body: { code } })),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });

interface SetupFormProps {
  readonly code: string;
  readonly username: string;
  readonly onSignedIn: (account: Account) => Promise<void>;
  readonly onFailure: (error: Error) => void;
}

const passwordCharactersMin = 8;

export function SetupForm({ code, username, onSignedIn, onFailure }: SetupFormProps) {
  const t = useMessages('login');
  const { register, handleSubmit, formState } = useForm({ defaultValues: { password: '' } });
  const setUp = useMutation({
    mutationFn: async ({ password }: { readonly password: string }) => {
      await onSignedIn(await dataOf(api.POST('/api/user/setup', { body: { code, password } })));
    },
    onError: onFailure,
  });
  return (
    <form onSubmit={handleSubmit((body) => setUp.mutate(body))} noValidate>
      <Stack>
        <SignInFailure error={setUp.error} onOver={setUp.reset} />
        <TextField label={t('username')} value={username} autoComplete="username" readOnly />
        <PasswordField
          {...register('password', {
            validate: (text) => [...text].length >= passwordCharactersMin || t('passwordShort'),
          })}
          label={t('newPassword')}
          hint={t('newPasswordHint')}
          autoComplete="new-password"
          error={formState.errors.password?.message}
        />
        <Button type="submit" variant="primary" busy={setUp.isPending}>
          {t('setUp')}
        </Button>
      </Stack>
    </form>
  );
}
