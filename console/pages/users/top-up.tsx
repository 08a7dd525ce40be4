/** Adds to the balance of an account, or takes from it, with the reason. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useForm } from 'react-hook-form';
import { ApiError } from '../../api/api-error.ts';
import { api, dataOf } from '../../api/client.ts';
import type { Account } from '../../api/session.ts';
import { announce } from '../../components/announcer.tsx';
import { Button } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { TextField } from '../../components/field.tsx';
import { Columns, Stack } from '../../components/stack.tsx';
import { ErrorState } from '../../components/states.tsx';
import { format } from '../../format/format.ts';
import { unitsFromUsd } from '../../format/money.ts';
import { useMessages } from '../../i18n/messages.ts';
import { usersKey } from './user-queries.ts';
import styles from './users.module.css';

interface TopUpForm {
  /** USD; with a minus, what is taken. */
  readonly amount: string;
  readonly reason: string;
}

const empty: TopUpForm = { amount: '', reason: '' };

/** @returns undefined for what is no amount, and for nothing */
function signedUnits(text: string): number | undefined {
  const isTaken = /^\s*[-−]/.test(text);
  const units = unitsFromUsd(text.replace(/^\s*[-−]/, ''));
  return units === undefined || units === 0 ? undefined : isTaken ? -units : units;
}

/** Each is booked once, so that trying again after a lost response cannot book twice. */
function newReference(): string {
  return `console-${crypto.getRandomValues(new Uint32Array(3)).join('-')}`;
}

const isBookedBefore = (error: unknown) => error instanceof ApiError && error.facts.code === 'refused';

export function TopUp({ account }: { readonly account: Account }) {
  const t = useMessages('users');
  const queryClient = useQueryClient();
  const { register, handleSubmit, formState, reset, watch } = useForm<TopUpForm>({ defaultValues: empty });
  const { errors } = formState;
  const [reference, setReference] = useState(newReference);
  const begin = () => {
    setReference(newReference());
    reset(empty);
    return queryClient.invalidateQueries({ queryKey: usersKey });
  };
  const topUp = useMutation({
    mutationFn: ({ amount, reason }: TopUpForm) =>
      dataOf(
        api.POST('/api/user/topup', {
          body: {
            user_id: account.id,
            quota: signedUnits(amount) ?? 0,
            reason: reason.trim(),
            trade_no: reference,
          },
        }),
      ),
    onSuccess: ({ quota }) => {
      announce(t('toppedUp', { amount: format.money(quota) }));
      return begin();
    },
    onError: (error) => (isBookedBefore(error) ? begin() : undefined),
  });
  const units = signedUnits(watch('amount'));
  return (
    <section>
      <form noValidate onSubmit={handleSubmit((values) => topUp.mutate(values))}>
        <Stack gap="sm">
          <h3>{t('topUp')}</h3>
          {account.unlimited_quota && <p className={styles.note}>{t('topUpUnlimited')}</p>}
          <Columns>
            <TextField
              {...register('amount', {
                validate: (text) => signedUnits(text) !== undefined || t('amountWrong'),
              })}
              label={t('amount')}
              hint={
                units === undefined || account.unlimited_quota
                  ? t('amountHint')
                  : t('balanceAfter', { balance: format.money(account.quota + units) })
              }
              prefix="$"
              inputMode="decimal"
              error={errors.amount?.message}
            />
            <TextField
              {...register('reason', { validate: (text) => text.trim() !== '' || t('reasonMissing') })}
              label={t('reason')}
              hint={t('reasonHint')}
              error={errors.reason?.message}
            />
          </Columns>
          {isBookedBefore(topUp.error) ? (
            <Callout tone="warn" title={t('bookedBefore')}>
              {t('bookedBeforeText')}
            </Callout>
          ) : (
            topUp.error && <ErrorState error={topUp.error} />
          )}
          {topUp.data && !formState.isDirty && (
            <Callout tone="ok" title={t('toppedUp', { amount: format.money(topUp.data.quota) })} />
          )}
          <div>
            <Button type="submit" busy={topUp.isPending}>
              {t(units !== undefined && units < 0 ? 'takeOff' : 'topUpButton')}
            </Button>
          </div>
        </Stack>
      </form>
    </section>
  );
}
