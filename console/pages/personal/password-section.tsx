/** A new password. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useForm } from 'react-hook-form';
import { api, dataOf } from '../../api/client.ts';
import { useAccount } from '../../api/session.ts';
import { Button } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { Section } from '../../components/page.tsx';
import { Inline, Stack } from '../../components/stack.tsx';
import { PasswordField } from '../../features/sign-in/password-field.tsx';
import { SignInFailure } from '../../features/sign-in/sign-in-failure.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { sessionsKey } from './sessions-query.ts';

const charactersMin = 8;
const nothing = { original_password: '', password: '' };

export function PasswordSection() {
  const t = useMessages('personal');
  const { username } = useAccount();
  const queryClient = useQueryClient();
  const { register, handleSubmit, formState, reset } = useForm({ defaultValues: nothing });
  const change = useMutation({
    mutationFn: (body: typeof nothing) => dataOf(api.PUT('/api/user/self', { body })),
    onSuccess: async () => {
      reset();
      await queryClient.invalidateQueries({ queryKey: sessionsKey });
    },
  });
  const { errors } = formState;
  return (
    <Section title={t('passwordTitle')} description={t('passwordDescription')}>
      <form onSubmit={handleSubmit((body) => change.mutate(body))} noValidate>
        <Stack>
          <SignInFailure error={change.error} onOver={change.reset} />
          {change.isSuccess && <Callout tone="ok" title={t('passwordChanged')} />}
          {/* Tells password managers whose password it is. */}
          <input type="text" autoComplete="username" defaultValue={username} hidden readOnly />
          <PasswordField
            {...register('original_password', { required: t('passwordOldMissing') })}
            label={t('passwordOld')}
            autoComplete="current-password"
            error={errors.original_password?.message}
          />
          <PasswordField
            {...register('password', {
              validate: (text) => [...text].length >= charactersMin || t('passwordShort'),
            })}
            label={t('passwordNew')}
            hint={t('passwordHint')}
            autoComplete="new-password"
            error={errors.password?.message}
          />
          <Inline justify="end">
            <Button type="submit" busy={change.isPending}>
              {t('passwordChange')}
            </Button>
          </Inline>
        </Stack>
      </form>
    </Section>
  );
}
