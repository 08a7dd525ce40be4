/** The fields of signing in, used by the page and by the dialog of an ended session. */
import { useMutation } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useForm } from 'react-hook-form';
import { api, dataOf } from '../../api/client.ts';
import type { Account } from '../../api/session.ts';
import { Button } from '../../components/button.tsx';
import { TextField } from '../../components/field.tsx';
import { Stack } from '../../components/stack.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { PasswordField } from './password-field.tsx';
import { SignInFailure } from './sign-in-failure.tsx';

interface Credentials {
  readonly username: string;
  readonly password: string;
}

interface SignInFormProps {
  /** The account whose password is asked for; undefined = any. */
  readonly username?: string;
  readonly onSignedIn: (account: Account) => Promise<void>;
}

export function SignInForm({ username, onSignedIn }: SignInFormProps) {
  const t = useMessages('login');
  const { register, handleSubmit, formState, setFocus } = useForm<Credentials>({
    defaultValues: { username: username ?? '', password: '' },
  });
  const signIn = useMutation({
    mutationFn: async (body: Credentials) => {
      await onSignedIn(await dataOf(api.POST('/api/user/login', { body })));
    },
    onError: () => setFocus('password', { shouldSelect: true }),
  });
  const { errors } = formState;
  // The page has one purpose, and a user who opens it expects to type.
  useEffect(() => {
    if (username === undefined) setFocus('username');
  }, [username, setFocus]);
  return (
    <form onSubmit={handleSubmit((body) => signIn.mutate(body))} noValidate>
      <Stack>
        <SignInFailure error={signIn.error} onOver={signIn.reset} />
        {username === undefined ? (
          <TextField
            {...register('username', { required: t('usernameMissing') })}
            label={t('username')}
            autoComplete="username"
            autoCapitalize="none"
            spellCheck={false}
            error={errors.username?.message}
          />
        ) : (
          // Tells password managers whose password it is.
          <input type="text" autoComplete="username" value={username} hidden readOnly />
        )}
        <PasswordField
          {...register('password', { required: t('passwordMissing') })}
          label={t('password')}
          autoComplete="current-password"
          error={errors.password?.message}
        />
        <Button type="submit" variant="primary" busy={signIn.isPending}>
          {t('signIn')}
        </Button>
      </Stack>
    </form>
  );
}
