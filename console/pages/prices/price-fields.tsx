/** The amounts of a price. */
import type { UseFormReturn } from 'react-hook-form';
import { TextField } from '../../components/field.tsx';
import { Columns, Stack } from '../../components/stack.tsx';
import { browserTimeZone } from '../../format/time-zone.ts';
import { useMessages } from '../../i18n/messages.ts';
import { isAmount, optionalAmounts, type PriceForm } from './price-form.ts';
import styles from './prices.module.css';
import { VariantFields } from './variant-fields.tsx';

interface PriceFieldsProps {
  readonly form: UseFormReturn<PriceForm>;
  readonly isNew: boolean;
}

export function PriceFields({ form, isNew }: PriceFieldsProps) {
  const t = useMessages('prices');
  const { register, formState, getValues } = form;
  const { errors } = formState;
  const required = { validate: (text: string) => isAmount(text) || t('amountWrong') };
  const optional = { validate: (text: string) => text.trim() === '' || isAmount(text) || t('amountWrong') };
  const more = optionalAmounts.slice(2);
  const hasMore = more.some((name) => getValues(name) !== '');
  return (
    <Stack>
      {isNew && (
        <TextField
          {...register('model', { validate: (text) => text.trim() !== '' || t('modelMissing') })}
          label={t('model')}
          hint={t('modelHint')}
          spellCheck={false}
          error={errors.model?.message}
        />
      )}
      <p className={styles.note}>{t('perMillion')}</p>
      <div className={styles.pairs}>
        <TextField
          {...register('input', required)}
          label={t('input')}
          prefix="$"
          inputMode="decimal"
          error={errors.input?.message}
        />
        <TextField
          {...register('output', required)}
          label={t('output')}
          prefix="$"
          inputMode="decimal"
          error={errors.output?.message}
        />
        {optionalAmounts.slice(0, 2).map((name) => (
          <TextField
            key={name}
            {...register(name, optional)}
            label={t(name)}
            hint={t('asInput')}
            prefix="$"
            inputMode="decimal"
            error={errors[name]?.message}
          />
        ))}
      </div>
      <details className={styles.moreAmounts} open={hasMore}>
        <summary>{t('moreAmounts')}</summary>
        <Columns>
          {more.map((name) => (
            <TextField
              key={name}
              {...register(name, optional)}
              label={t(name)}
              hint={t(name.startsWith('per_') ? 'each' : 'perMillionShort')}
              prefix="$"
              inputMode="decimal"
              error={errors[name]?.message}
            />
          ))}
        </Columns>
      </details>
      <VariantFields form={form} />
      <TextField
        {...register('from')}
        label={t('from')}
        hint={t('fromHint', { zone: browserTimeZone() })}
        type="datetime-local"
        optional
      />
    </Stack>
  );
}
