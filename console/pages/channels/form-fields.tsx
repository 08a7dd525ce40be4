/** The fields that a new channel and one that exists have in common. */
import type { UseFormReturn } from 'react-hook-form';
import { TextAreaField, TextField } from '../../components/field.tsx';
import { Columns, Stack } from '../../components/stack.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { type ChannelForm, entriesIn, isWholeNumber, mappingIn } from './channel-form.ts';
import styles from './channels.module.css';
import { ModelsField } from './models-field.tsx';

interface FormFieldsProps {
  readonly form: UseFormReturn<ChannelForm>;
  readonly onFetchModels: () => Promise<readonly string[]>;
}

const rows = 2;

export function FormFields({ form, onFetchModels }: FormFieldsProps) {
  const t = useMessages('channels');
  const { register, formState, watch, setValue } = form;
  const { errors } = formState;
  register('models', { validate: (text) => entriesIn(text).length > 0 || t('modelsMissing') });
  return (
    <Stack>
      <ModelsField
        value={watch('models')}
        error={errors.models?.message}
        onChange={(text) =>
          setValue('models', text, { shouldDirty: true, shouldValidate: formState.isSubmitted })
        }
        onFetch={onFetchModels}
      />
      <TextField
        {...register('name', { required: t('nameMissing') })}
        label={t('name')}
        hint={t('nameHint')}
        error={errors.name?.message}
      />
      <Columns>
        <TextField
          {...register('priority', { validate: (text) => isWholeNumber(text) || t('wholeNumber') })}
          label={t('priority')}
          hint={t('priorityHint')}
          inputMode="numeric"
          error={errors.priority?.message}
        />
        <TextField
          {...register('weight', {
            validate: (text) => (isWholeNumber(text) && Number(text) >= 0) || t('wholeNumber'),
          })}
          label={t('weight')}
          hint={t('weightHint')}
          inputMode="numeric"
          error={errors.weight?.message}
        />
      </Columns>
      <TextAreaField
        {...register('groups', { validate: (text) => entriesIn(text).length > 0 || t('groupsMissing') })}
        label={t('groups')}
        hint={t('groupsHint')}
        rows={rows}
        error={errors.groups?.message}
      />
      <details className={styles.more}>
        <summary>{t('moreOptions')}</summary>
        <Stack>
          <TextAreaField
            {...register('mapping', {
              validate: (text) => mappingIn(text) !== undefined || t('mappingWrong'),
            })}
            label={t('mapping')}
            hint={t('mappingHint')}
            optional
            monospace
            rows={rows}
            spellCheck={false}
            error={errors.mapping?.message}
          />
          <TextField
            {...register('proxy')}
            label={t('proxy')}
            hint={t('proxyHint')}
            optional
            spellCheck={false}
          />
        </Stack>
      </details>
    </Stack>
  );
}
