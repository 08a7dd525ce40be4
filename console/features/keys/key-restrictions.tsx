/** What a key may be used for: models, addresses, group, limits. */
import { useQuery } from '@tanstack/react-query';
import { CircleCheck, CircleX } from 'lucide-react';
import { lazy, Suspense } from 'react';
import type { UseFormReturn } from 'react-hook-form';
import { SelectField, TextAreaField, TextField } from '../../components/field.tsx';
import { Columns, Stack } from '../../components/stack.tsx';
import { Skeleton } from '../../components/states.tsx';
import { SwitchField } from '../../components/toggle.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { ipLines } from './ip-lines.ts';
import { groupsQuery, modelsQuery } from './key.ts';
import { type KeyForm, wholeNumber } from './key-fields.ts';
import styles from './key-form.module.css';

const MultiCombobox = lazy(async () => ({
  default: (await import('../../components/combobox.tsx')).MultiCombobox,
}));

/** In rem, that of the field. */
const fieldHeight = 3.5;

interface RestrictionsProps {
  readonly form: UseFormReturn<KeyForm>;
}

export function KeyRestrictions({ form }: RestrictionsProps) {
  return (
    <div className={styles.restrictions}>
      <Stack>
        <ModelsField form={form} />
        <AddressesField form={form} />
        <GroupField form={form} />
        <LimitFields form={form} />
      </Stack>
    </div>
  );
}

function ModelsField({ form }: RestrictionsProps) {
  const t = useMessages('keys');
  const f = useMessages('key-form');
  const { data: offered = [] } = useQuery(modelsQuery);
  const isLimited = form.watch('isModelsLimited');
  const models = form.watch('models');
  form.register('models', {
    validate: (chosen, { isModelsLimited }) => !isModelsLimited || chosen.length > 0 || f('modelsMissing'),
  });
  return (
    <>
      <SwitchField
        label={f('modelsSwitch')}
        hint={f(isLimited ? 'modelsLimited' : 'modelsAny')}
        checked={isLimited}
        onChange={(checked) => form.setValue('isModelsLimited', checked, { shouldDirty: true })}
      />
      {isLimited && (
        <Suspense fallback={<Skeleton height={fieldHeight} />}>
          <MultiCombobox
            label={t('models')}
            placeholder={f('modelsPlaceholder')}
            items={[...new Set([...models, ...offered])]}
            value={models}
            error={form.formState.errors.models?.message}
            onChange={(value) =>
              form.setValue('models', value, {
                shouldDirty: true,
                shouldValidate: form.formState.isSubmitted,
              })
            }
          />
        </Suspense>
      )}
    </>
  );
}

function AddressesField({ form }: RestrictionsProps) {
  const f = useMessages('key-form');
  const lines = ipLines(form.watch('allowIps'));
  return (
    <div>
      <TextAreaField
        {...form.register('allowIps', {
          validate: (text) =>
            ipLines(text).every(({ range }) => range !== undefined) || f('addressesInvalid'),
        })}
        label={f('addresses')}
        optional
        monospace
        spellCheck={false}
        hint={f('addressesHint')}
        error={form.formState.errors.allowIps?.message}
      />
      {lines.length > 0 && (
        <ul className={styles.lines} aria-live="polite" aria-label={f('addressesChecked')}>
          {lines.map(({ line, text, range }) => (
            <li key={line} data-invalid={range === undefined || undefined}>
              {range === undefined ? <CircleX aria-hidden="true" /> : <CircleCheck aria-hidden="true" />}
              <span>
                {range === undefined
                  ? f('addressInvalid', { line, text })
                  : f('addressValid', { line, range })}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

function GroupField({ form }: RestrictionsProps) {
  const t = useMessages('keys');
  const f = useMessages('key-form');
  const { data = {} } = useQuery(groupsQuery);
  const names = new Set([...Object.keys(data), form.watch('group')].filter((name) => name !== ''));
  const label = (name: string) => f('groupRatio', { name, ratio: data[name]?.ratio ?? 1 });
  return (
    <SelectField
      {...form.register('group')}
      label={t('group')}
      hint={f('groupHint')}
      choices={[
        { value: '', label: t('ownGroup') },
        ...[...names].map((name) => ({ value: name, label: label(name) })),
      ]}
    />
  );
}

const limitFields = [
  { name: 'requestsPerMinute', label: 'requestsPerMinute' },
  { name: 'tokensPerMinute', label: 'tokensPerMinute' },
  { name: 'concurrent', label: 'concurrent' },
] as const;

function LimitFields({ form }: RestrictionsProps) {
  const t = useMessages('keys');
  const f = useMessages('key-form');
  return (
    <Columns>
      {limitFields.map(({ name, label }) => (
        <TextField
          key={name}
          {...form.register(name, {
            validate: (text) => text.trim() === '' || wholeNumber(text) !== undefined || f('numberInvalid'),
          })}
          label={f(label)}
          placeholder={t('noLimit')}
          inputMode="numeric"
          error={form.formState.errors[name]?.message}
        />
      ))}
    </Columns>
  );
}
