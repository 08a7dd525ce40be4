/** The sheet of a price: sets a new one, shows what a request costs by it, and what the price was. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { useForm } from 'react-hook-form';
import { api, dataOf } from '../../api/client.ts';
import { announce } from '../../components/announcer.tsx';
import { Button } from '../../components/button.tsx';
import { Sheet } from '../../components/dialog.tsx';
import { useDiscard } from '../../components/discard.tsx';
import { Stack } from '../../components/stack.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { CostPreview } from './cost-preview.tsx';
import { PriceFields } from './price-fields.tsx';
import { amountsOf, formOf, momentOf, type PriceForm } from './price-form.ts';
import { PriceHistory } from './price-history.tsx';
import { historyQuery, type Price, pricesKey } from './price-queries.ts';
import styles from './prices.module.css';

const RemovePrice = lazy(async () => ({ default: (await import('./remove-price.tsx')).RemovePrice }));

interface PriceSheetProps {
  /** Undefined = a new price. */
  readonly model: string | undefined;
  readonly onClose: () => void;
  /** Nothing can be lost any more. */
  readonly onDone: () => void;
}

const placeHeight = 24;

export function PriceSheet({ model, onClose, onDone }: PriceSheetProps) {
  const t = useMessages('prices');
  const { data, error, refetch } = useQuery({ ...historyQuery(model ?? ''), enabled: model !== undefined });
  const isReady = model === undefined || data !== undefined;
  const present = data?.find(({ in_force }) => in_force) ?? data?.[0];
  return (
    <Sheet
      open
      wide
      onClose={onClose}
      title={model ?? t('create')}
      description={t(model === undefined ? 'createText' : 'editText')}
    >
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!isReady && !error && <Skeleton height={placeHeight} />}
      {isReady && <Editor model={model} present={present} history={data ?? []} onDone={onDone} />}
    </Sheet>
  );
}

interface EditorProps {
  readonly model: string | undefined;
  readonly present: Price | undefined;
  readonly history: readonly Price[];
  readonly onDone: () => void;
}

function Editor({ model, present, history, onDone }: EditorProps) {
  const t = useMessages('prices');
  const tCommon = useMessages('common');
  const queryClient = useQueryClient();
  const [isRemoving, setRemoving] = useState(false);
  const form = useForm<PriceForm>({ defaultValues: formOf(present) });
  const { handleSubmit, formState, watch } = form;
  const discard = useDiscard(formState.isDirty, model === undefined ? 'add' : 'open');
  const save = useMutation({
    mutationFn: (values: PriceForm) => {
      const from = momentOf(values);
      const price = { id: values.model.trim(), ...amountsOf(values, present ?? {}) };
      const models = [{ ...price, ...(from !== undefined && { effective_from: from }) }];
      return dataOf(api.PUT('/api/price', { body: { models } }));
    },
    onSuccess: async (_data, values) => {
      announce(t('saved', { model: values.model.trim() }));
      await queryClient.invalidateQueries({ queryKey: pricesKey });
      onDone();
    },
  });
  return (
    <Stack gap="lg">
      <form noValidate onSubmit={handleSubmit((values) => save.mutate(values))}>
        <Stack>
          <PriceFields form={form} isNew={model === undefined} />
          {save.error && <ErrorState error={save.error} />}
          <div className={styles.save}>
            <Button type="submit" variant="primary" busy={save.isPending}>
              {model === undefined ? t('create') : tCommon('save')}
            </Button>
          </div>
        </Stack>
      </form>
      <CostPreview form={watch()} kept={present ?? {}} />
      {history.length > 0 && <PriceHistory prices={history} />}
      {model !== undefined && (
        <div className={styles.end}>
          <p className={styles.note}>{t('removeHint')}</p>
          <Button onClick={() => setRemoving(true)}>{t('remove')}</Button>
        </div>
      )}
      <Suspense>
        {isRemoving && model !== undefined && (
          <RemovePrice model={model} onClose={() => setRemoving(false)} onRemoved={onDone} />
        )}
      </Suspense>
      {discard}
    </Stack>
  );
}
