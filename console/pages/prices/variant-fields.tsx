/** What pictures or videos of a size or quality cost, where it is not the price of any. */
import { Plus, X } from 'lucide-react';
import { type UseFormReturn, useFieldArray } from 'react-hook-form';
import { Button, IconButton } from '../../components/button.tsx';
import { TextField } from '../../components/field.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { emptyVariant, isAmount, type PriceForm, variantAmounts } from './price-form.ts';
import styles from './prices.module.css';

export function VariantFields({ form }: { readonly form: UseFormReturn<PriceForm> }) {
  const t = useMessages('prices');
  const { register, formState, control, getValues } = form;
  const { fields, append, remove } = useFieldArray({ control, name: 'variants' });
  const errors = formState.errors.variants ?? [];
  // The fault of a row may depend on the others.
  const deps = 'variants' as const;
  const amount = (text: string) => text.trim() === '' || isAmount(text) || t('amountWrong');
  /** A row that is named has an amount, and a row with an amount is named, once. */
  const named = (text: string, at: number) => {
    const rows = getValues('variants');
    const hasAmount = variantAmounts.some((rate) => (rows[at]?.[rate] ?? '').trim() !== '');
    if (text.trim() === '') return !hasAmount || t('variantMissing');
    if (rows.some(({ name }, other) => other !== at && name.trim() === text.trim())) return t('variantTwice');
    return hasAmount || t('variantAmountMissing');
  };
  return (
    <fieldset className={styles.variants}>
      <legend>{t('variants')}</legend>
      <p className={styles.note}>{t('variantsHint')}</p>
      {fields.map(({ id }, at) => (
        <div key={id} className={styles.variant}>
          <TextField
            {...register(`variants.${at}.name`, { validate: (text) => named(text, at), deps })}
            label={t('variant')}
            spellCheck={false}
            error={errors[at]?.name?.message}
          />
          {variantAmounts.map((rate) => (
            <TextField
              key={rate}
              {...register(`variants.${at}.${rate}`, { validate: amount, deps })}
              label={t(rate)}
              prefix="$"
              inputMode="decimal"
              error={errors[at]?.[rate]?.message}
            />
          ))}
          <IconButton
            icon={<X />}
            label={t('removeVariant', { number: at + 1 })}
            onClick={() => remove(at)}
          />
        </div>
      ))}
      <div>
        <Button size="sm" icon={<Plus />} onClick={() => append(emptyVariant)}>
          {t('addVariant')}
        </Button>
      </div>
    </fieldset>
  );
}
