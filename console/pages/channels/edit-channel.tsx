/** The settings of a channel. Its keys are added or replaced, and never shown. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useForm } from 'react-hook-form';
import { api, dataOf, responseOf } from '../../api/client.ts';
import { announce } from '../../components/announcer.tsx';
import { Button } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { TextAreaField, TextField } from '../../components/field.tsx';
import { Segments } from '../../components/segments.tsx';
import { Stack } from '../../components/stack.tsx';
import { ErrorState } from '../../components/states.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { bodyOf, type ChannelForm, entriesIn, formOf } from './channel-form.ts';
import { type Channel, channelsKey } from './channel-queries.ts';
import styles from './channels.module.css';
import { FormFields } from './form-fields.tsx';

interface EditChannelProps {
  readonly channel: Channel;
  /** Called when something typed is not saved, and when all is. */
  readonly onDirty: (isDirty: boolean) => void;
}

type KeyChange = 'keep' | 'add' | 'replace';

const keyRows = 2;

export function EditChannel({ channel, onDirty }: EditChannelProps) {
  const t = useMessages('channels');
  const tCommon = useMessages('common');
  const queryClient = useQueryClient();
  const [keyChange, setKeyChange] = useState<KeyChange>('keep');
  const form = useForm<ChannelForm>({ defaultValues: formOf(channel) });
  const { register, handleSubmit, formState, reset } = form;
  const { isDirty, errors } = formState;
  // The sheet that closes is outside of this form.
  useEffect(() => onDirty(isDirty), [isDirty, onDirty]);
  const save = useMutation({
    mutationFn: (values: ChannelForm) => {
      const keys = entriesIn(values.keys);
      const sent = { keep: {}, add: { add_keys: keys }, replace: { keys } }[keyChange];
      return responseOf(api.PUT('/api/channel', { body: { id: channel.id, ...bodyOf(values), ...sent } }));
    },
    onSuccess: ({ data }) => {
      reset(formOf(data));
      setKeyChange('keep');
      announce(t('saved', { name: data.name }));
      return queryClient.invalidateQueries({ queryKey: channelsKey });
    },
  });
  return (
    <section>
      <form noValidate onSubmit={handleSubmit((values) => save.mutate(values))}>
        <Stack>
          <h3>{t('settings')}</h3>
          <TextField
            {...register('baseUrl', { required: t('baseUrlMissing') })}
            label={t('baseUrl')}
            hint={t('baseUrlHint')}
            type="url"
            spellCheck={false}
            error={errors.baseUrl?.message}
          />
          <div className={styles.keyChange}>
            <strong aria-hidden="true">{t('keysField')}</strong>
            <Segments
              label={t('keysField')}
              choices={[
                { value: 'keep', label: t(channel.has_keys ? 'keepKeys' : 'noKeys') },
                { value: 'add', label: t('addKeys') },
                ...(channel.has_keys ? [{ value: 'replace' as const, label: t('replaceKeys') }] : []),
              ]}
              value={keyChange}
              onChange={setKeyChange}
            />
            {keyChange !== 'keep' && (
              <TextAreaField
                {...register('keys', {
                  validate: (text) => entriesIn(text).length > 0 || t('keysMissing'),
                })}
                label={t(keyChange === 'add' ? 'addedKeys' : 'newKeys')}
                hint={t(keyChange === 'add' ? 'addKeysHint' : 'replaceKeysHint')}
                monospace
                rows={keyRows}
                autoComplete="off"
                spellCheck={false}
                error={errors.keys?.message}
              />
            )}
          </div>
          <FormFields
            form={form}
            onFetchModels={() =>
              dataOf(api.GET('/api/channel/fetch_models/{id}', { params: { path: { id: channel.id } } }))
            }
          />
          {save.error && <ErrorState error={save.error} />}
          {save.data?.warnings.map((warning) => (
            <Callout key={warning} tone="warn" title={warning} />
          ))}
          {save.isSuccess && !isDirty && <Callout tone="ok" title={t('saved', { name: channel.name })} />}
          <div className={styles.save}>
            <Button type="submit" variant="primary" busy={save.isPending} aria-disabled={!isDirty}>
              {tCommon('save')}
            </Button>
          </div>
        </Stack>
      </form>
    </section>
  );
}
