/** The fields of a key, for creating and for editing one. */
import { lazy, Suspense, useState } from 'react';
import type { UseFormReturn } from 'react-hook-form';
import { FieldFrame, SelectField, TextField } from '../../components/field.tsx';
import { Segments } from '../../components/segments.tsx';
import { Columns, Stack } from '../../components/stack.tsx';
import { Skeleton } from '../../components/states.tsx';
import { Day } from '../../components/time.tsx';
import { SwitchField } from '../../components/toggle.tsx';
import { format } from '../../format/format.ts';
import { unitsFromUsd } from '../../format/money.ts';
import { useMessages } from '../../i18n/messages.ts';
import { RichMessage } from '../../i18n/rich-message.tsx';
import type { BudgetChoice, Expiry, KeyForm } from './key-fields.ts';
import styles from './key-form.module.css';

export interface KeyFormProps {
  readonly form: UseFormReturn<KeyForm>;
  /** When the key expires now, in seconds since 1970; undefined = never, or a new key. */
  readonly expiresAt?: number | undefined;
}

const KeyRestrictions = lazy(async () => ({
  default: (await import('./key-restrictions.tsx')).KeyRestrictions,
}));

const nameMax = 50;
const skeletonHeight = 18;

export function KeyFields({ form, expiresAt }: KeyFormProps) {
  const t = useMessages('keys');
  const f = useMessages('key-form');
  const { register, formState } = form;
  const { errors } = formState;
  const [isOpen, setOpen] = useState(() => hasRestrictions(form.getValues()));
  const isShown = isOpen || restrictions.some((name) => errors[name]);
  // Once loaded, what was typed there stays where it is.
  const [isLoaded, setLoaded] = useState(isShown);
  if (isShown && !isLoaded) setLoaded(true);
  return (
    <Stack>
      <TextField
        {...register('name', {
          validate: (name) =>
            name.trim() === ''
              ? f('nameMissing')
              : [...name.trim()].length > nameMax
                ? f('nameTooLong')
                : true,
        })}
        label={t('name')}
        hint={f('nameHint')}
        error={errors.name?.message}
      />
      <SpendFields form={form} />
      <ExpiryFields form={form} expiresAt={expiresAt} />
      <details
        className={styles.more}
        open={isShown}
        onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
      >
        <summary>{f('restrictions')}</summary>
        <Suspense fallback={<Skeleton height={skeletonHeight} />}>
          {isLoaded && <KeyRestrictions form={form} />}
        </Suspense>
      </details>
    </Stack>
  );
}

const restrictions = [
  'isModelsLimited',
  'models',
  'allowIps',
  'group',
  'requestsPerMinute',
  'tokensPerMinute',
  'concurrent',
] as const;

/** Whether a key has any of what the closed part of the form would hide. */
const hasRestrictions = (values: KeyForm) =>
  restrictions.some((name) => values[name].toString().length > 0 && values[name] !== false);

function SpendFields({ form }: KeyFormProps) {
  const t = useMessages('keys');
  const f = useMessages('key-form');
  const isUnlimited = form.watch('isUnlimited');
  const period = form.watch('budgetPeriod');
  const periods: readonly BudgetChoice[] = ['none', 'daily', 'weekly', 'monthly'];
  return (
    <>
      <SwitchField
        label={f('unlimitedSwitch')}
        hint={f(isUnlimited ? 'unlimitedHint' : 'limitedHint')}
        checked={isUnlimited}
        onChange={(checked) => form.setValue('isUnlimited', checked, { shouldDirty: true })}
      />
      {!isUnlimited && <UsdField form={form} name="quotaUsd" label={f('quota')} />}
      <Columns>
        <SelectField
          {...form.register('budgetPeriod')}
          label={f('budgetEvery')}
          hint={
            period === 'none'
              ? f('budgetHint')
              : f('budgetZone', { zone: form.watch('budgetZone') || format.timeZone })
          }
          choices={periods.map((value) => ({
            value,
            label: value === 'none' ? t('noBudget') : f(`every_${value}`),
          }))}
        />
        {period !== 'none' && <UsdField form={form} name="budgetUsd" label={f('budgetAmount')} />}
      </Columns>
    </>
  );
}

interface UsdFieldProps extends KeyFormProps {
  readonly name: 'quotaUsd' | 'budgetUsd';
  readonly label: string;
}

/** An amount in USD, with what it is in units. */
function UsdField({ form, name, label }: UsdFieldProps) {
  const f = useMessages('key-form');
  const units = unitsFromUsd(form.watch(name));
  return (
    <TextField
      {...form.register(name, {
        validate: (text) => {
          const amount = unitsFromUsd(text);
          if (amount === undefined) return f('amountInvalid');
          return name === 'budgetUsd' && amount === 0 ? f('budgetZero') : true;
        },
      })}
      label={label}
      prefix="$"
      suffix="USD"
      inputMode="decimal"
      hint={units === undefined ? f('unitsRule') : f('unitsHint', { units: format.units(units) })}
      error={form.formState.errors[name]?.message}
    />
  );
}

function ExpiryFields({ form, expiresAt }: KeyFormProps) {
  const t = useMessages('keys');
  const f = useMessages('key-form');
  const expiry = form.watch('expiry');
  const choices: readonly Expiry[] = ['never', 'day', 'week', 'month', 'quarter', 'date'];
  return (
    <>
      <FieldFrame
        label={t('expires')}
        hint={
          expiry === 'keep' && expiresAt !== undefined ? (
            <RichMessage from="key-form" id="expiresOn" elements={[<Day key="at" at={expiresAt} />]} />
          ) : undefined
        }
      >
        <Segments
          label={t('expires')}
          value={expiry}
          choices={[...(expiresAt === undefined ? [] : (['keep'] as const)), ...choices].map((value) => ({
            value,
            label: f(`expiry_${value}`),
          }))}
          onChange={(value) => form.setValue('expiry', value, { shouldDirty: true })}
        />
      </FieldFrame>
      {expiry === 'date' && (
        <TextField
          {...form.register('expiryDate', {
            validate: (date) => {
              const end = format.endOfDay(date);
              if (Number.isNaN(end)) return f('dateInvalid');
              return end * 1000 <= Date.now() ? f('datePast') : true;
            },
          })}
          type="date"
          label={f('expiryDate')}
          hint={f('expiryDateHint', { zone: format.timeZone })}
          error={form.formState.errors.expiryDate?.message}
        />
      )}
    </>
  );
}
