/** The sheet that makes a channel: a provider, its keys, and the models to offer. */
import { useMutation, useQueryClient, useSuspenseQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { useForm } from 'react-hook-form';
import { api, dataOf } from '../../api/client.ts';
import type { paths } from '../../api/schema.ts';
import { Button } from '../../components/button.tsx';
import { Sheet } from '../../components/dialog.tsx';
import { useDiscard } from '../../components/discard.tsx';
import { SelectField, TextAreaField, TextField } from '../../components/field.tsx';
import { Inline, Stack } from '../../components/stack.tsx';
import { ErrorState } from '../../components/states.tsx';
import { CheckboxField } from '../../components/toggle.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { bodyOf, type ChannelForm, emptyForm, entriesIn, type Protocol, protocols } from './channel-form.ts';
import { channelsKey, kindsQuery } from './channel-queries.ts';
import { FormFields } from './form-fields.tsx';
import { kindTitle } from './kind-title.ts';

type CreateBody = paths['/api/channel']['post']['requestBody']['content']['application/json'];
type Kind = NonNullable<CreateBody['kind']>;

interface NewChannelProps {
  readonly onClose: () => void;
  readonly onCreated: (id: number) => void;
}

const keyRows = 2;

export function NewChannel({ onClose, onCreated }: NewChannelProps) {
  const t = useMessages('channels');
  const tCommon = useMessages('common');
  const formId = useId();
  const queryClient = useQueryClient();
  const { data: kinds } = useSuspenseQuery(kindsQuery);
  const kindOf = (name: string) => kinds.find(({ kind }) => kind === name);
  const form = useForm<ChannelForm>({
    defaultValues: { ...emptyForm, baseUrl: kindOf(emptyForm.kind)?.base_url ?? '', name: emptyForm.kind },
  });
  const { register, watch, setValue, handleSubmit, formState, getValues } = form;
  const discard = useDiscard(formState.isDirty, 'create');
  const kind = kindOf(watch('kind'));
  const chooses = kind?.protocols.length === 0;
  const spoken = watch('protocols');
  const create = useMutation({
    mutationFn: (values: ChannelForm) =>
      dataOf(api.POST('/api/channel', { body: { ...bodyOf(values), ...connectionOf(values, chooses) } })),
    onSuccess: async ({ id }) => {
      await queryClient.invalidateQueries({ queryKey: channelsKey });
      onCreated(id);
    },
  });
  const chooseKind = (name: string) => {
    setValue('kind', name);
    setValue('baseUrl', kindOf(name)?.base_url ?? '', { shouldDirty: true });
    if (!formState.dirtyFields.name) setValue('name', name);
  };
  return (
    <Sheet
      open
      wide
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
          <SelectField
            {...register('kind')}
            label={t('kind')}
            hint={t('kindHint')}
            choices={kinds.map((each) => ({ value: each.kind, label: kindTitle(t, each) }))}
            onChange={({ target }) => chooseKind(target.value)}
          />
          <TextField
            {...register('baseUrl', { required: t('baseUrlMissing') })}
            label={t('baseUrl')}
            hint={t('baseUrlHint')}
            type="url"
            spellCheck={false}
            error={formState.errors.baseUrl?.message}
          />
          {chooses && (
            <Protocols
              value={spoken}
              onChange={(next) => setValue('protocols', next, { shouldDirty: true })}
            />
          )}
          <TextAreaField
            {...register('keys')}
            label={t('keysField')}
            hint={t(kind?.needs_key === false ? 'keysOptionalHint' : 'keysHint')}
            monospace
            rows={keyRows}
            autoComplete="off"
            spellCheck={false}
          />
          <FormFields
            form={form}
            onFetchModels={() =>
              dataOf(
                api.POST('/api/channel/fetch_models', {
                  body: {
                    ...connectionOf(getValues(), chooses),
                    base_url: getValues('baseUrl').trim(),
                    proxy: getValues('proxy').trim() || null,
                  },
                }),
              )
            }
          />
        </Stack>
      </form>
      {discard}
    </Sheet>
  );
}

/** What decides how the upstream is reached. */
function connectionOf(form: ChannelForm, chooses: boolean) {
  const keys = entriesIn(form.keys);
  return {
    // One of the kinds that the gateway itself listed.
    kind: form.kind as Kind,
    ...(keys.length > 0 && { keys }),
    ...(chooses && { protocols: [...form.protocols] }),
  };
}

interface ProtocolsProps {
  readonly value: readonly Protocol[];
  readonly onChange: (value: readonly Protocol[]) => void;
}

function Protocols({ value, onChange }: ProtocolsProps) {
  const t = useMessages('channels');
  const titles = { openai: t('openai'), anthropic: t('anthropic'), gemini: t('gemini') };
  return (
    <fieldset>
      <legend>{t('protocols')}</legend>
      <Inline gap="md">
        {protocols.map((protocol) => (
          <CheckboxField
            key={protocol}
            label={titles[protocol]}
            checked={value.includes(protocol)}
            onChange={(checked) =>
              onChange(protocols.filter((each) => (each === protocol ? checked : value.includes(each))))
            }
          />
        ))}
      </Inline>
    </fieldset>
  );
}
