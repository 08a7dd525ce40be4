/** Copies or downloads a receipt, signed, as a file that anybody can verify. */
import { Download } from 'lucide-react';
import { Button } from '../../components/button.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { downloadText } from '../../components/download-text.ts';
import { useMessages } from '../../i18n/messages.ts';
import { receiptText, type SignedReceipt } from './receipt.ts';

export function ReceiptActions({ signed }: { readonly signed: SignedReceipt }) {
  const t = useMessages('receipts');
  const { id } = signed.receipt;
  const text = receiptText(signed);
  return (
    <>
      <CopyButton text={text} label={t('copyReceiptLabel', { id: String(id) })}>
        {t('copyReceipt')}
      </CopyButton>
      <Button icon={<Download />} onClick={() => downloadText(`halley-receipt-${id}.json`, text)}>
        {t('download')}
      </Button>
    </>
  );
}
