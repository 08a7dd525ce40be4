/** Saves the prices in force as a file, which can be imported again. */
import { useMutation } from '@tanstack/react-query';
import { Download } from 'lucide-react';
import { api, dataOf } from '../../api/client.ts';
import { Button } from '../../components/button.tsx';
import { useErrorText } from '../../components/states.tsx';
import { useMessages } from '../../i18n/messages.ts';

export function ExportButton() {
  const t = useMessages('prices');
  const save = useMutation({
    mutationFn: () => dataOf(api.GET('/api/price/export', { params: { query: { format: 'csv' } } })),
    onSuccess: (text) => saveFile('prices.csv', typeof text === 'string' ? text : JSON.stringify(text)),
  });
  const errorText = useErrorText(save.error);
  return (
    <Button icon={<Download />} busy={save.isPending} onClick={() => save.mutate()}>
      {save.isError ? errorText : t('export')}
    </Button>
  );
}

function saveFile(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
