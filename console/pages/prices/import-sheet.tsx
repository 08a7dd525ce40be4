/** Sets prices from a file: all of them or none. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, dataOf } from '../../api/client.ts';
import { announce } from '../../components/announcer.tsx';
import { Button } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { Sheet } from '../../components/dialog.tsx';
import { useDiscard } from '../../components/discard.tsx';
import { FieldFrame, TextAreaField } from '../../components/field.tsx';
import { Stack } from '../../components/stack.tsx';
import { ErrorState } from '../../components/states.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { pricesKey } from './price-queries.ts';
import styles from './prices.module.css';

const rows = 14;

export function ImportSheet({ onClose }: { readonly onClose: () => void }) {
  const t = useMessages('prices');
  const tCommon = useMessages('common');
  const queryClient = useQueryClient();
  const [text, setText] = useState('');
  const load = useMutation({
    mutationFn: () =>
      dataOf(
        api.POST('/api/price/import', {
          body: { format: /^\s*[{[]/.test(text) ? 'json' : 'csv', text },
        }),
      ),
    onSuccess: ({ set }) => {
      setText('');
      announce(t('imported', { count: set }));
      return queryClient.invalidateQueries({ queryKey: pricesKey });
    },
  });
  const discard = useDiscard(text !== '', 'add');
  return (
    <Sheet
      open
      wide
      onClose={onClose}
      title={t('import')}
      description={t('importText')}
      footer={
        <>
          <Button onClick={onClose}>{tCommon('close')}</Button>
          <Button
            variant="primary"
            busy={load.isPending}
            disabled={text.trim() === ''}
            onClick={() => load.mutate()}
          >
            {t('importButton')}
          </Button>
        </>
      }
    >
      <Stack>
        {load.error && <ErrorState error={load.error} />}
        {load.data && text === '' && <Callout tone="ok" title={t('imported', { count: load.data.set })} />}
        <FieldFrame label={t('file')} optional>
          <input
            type="file"
            accept=".csv,.json"
            className={styles.file}
            aria-label={t('file')}
            onChange={async ({ target }) => setText((await target.files?.[0]?.text()) ?? '')}
          />
        </FieldFrame>
        <TextAreaField
          label={t('content')}
          hint={t('contentHint')}
          monospace
          rows={rows}
          spellCheck={false}
          value={text}
          onChange={({ target }) => setText(target.value)}
        />
      </Stack>
      {discard}
    </Sheet>
  );
}
