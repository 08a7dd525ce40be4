/** One receipt: when the key died, on each node, and the signature that proves it. */
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { ArrowLeft } from 'lucide-react';
import { ButtonLink } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { CodeBlock } from '../../components/code-block.tsx';
import { Facts } from '../../components/facts.tsx';
import { Page, Section } from '../../components/page.tsx';
import { ErrorState, Skeleton } from '../../components/states.tsx';
import { DeathHeadline } from '../../features/receipts/death-headline.tsx';
import { deathMs, receiptQuery, type SignedReceipt } from '../../features/receipts/receipt.ts';
import { ReceiptActions } from '../../features/receipts/receipt-actions.tsx';
import { ReceiptFacts } from '../../features/receipts/receipt-facts.tsx';
import { ReceiptNodes } from '../../features/receipts/receipt-nodes.tsx';
import { isolated } from '../../format/isolate.ts';
import { useMessages } from '../../i18n/messages.ts';

const route = getRouteApi('/shell/receipt/$id');
const keysPath = '/.well-known/halley-receipt-keys.json';

export function ReceiptPage() {
  const t = useMessages('receipts');
  const id = Number(route.useParams().id);
  const { data, error, refetch } = useQuery(receiptQuery(id));
  const name = data?.receipt.key.name || `#${data?.receipt.key.id ?? ''}`;
  return (
    <Page
      title={t('receiptTitle', { id: String(id) })}
      description={data && t('receiptDescription', { name: isolated(name) })}
      width="narrow"
      actions={
        <>
          <ButtonLink to="/receipt" icon={<ArrowLeft />}>
            {t('allReceipts')}
          </ButtonLink>
          {data?.signature && <ReceiptActions signed={data} />}
        </>
      }
    >
      {error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton height={24} />}
      {data && <Receipt signed={data} />}
    </Page>
  );
}

function Receipt({ signed }: { readonly signed: SignedReceipt }) {
  const t = useMessages('receipts');
  const { receipt, signature } = signed;
  const { state, confirmed_at_ms: confirmedAt } = receipt;
  return (
    <>
      {confirmedAt !== null && <DeathHeadline tookMs={deathMs(receipt)} atMs={confirmedAt} withDate />}
      {state === 'open' && (
        <Callout tone="warn" title={t('openTitle')}>
          {t('openText')}
        </Callout>
      )}
      {state === 'partial' && (
        <Callout tone="info" title={t('partialTitle')}>
          {t('partialText')}
        </Callout>
      )}
      <Section>
        <ReceiptFacts receipt={receipt} />
      </Section>
      {receipt.nodes.length > 0 && (
        <Section title={t('nodesTitle')} description={t('nodesText')} plain>
          <ReceiptNodes nodes={receipt.nodes} />
        </Section>
      )}
      {signature && (
        <Section title={t('signature')} description={t('signatureText')}>
          <Facts
            items={[
              { name: t('signedBy'), value: <code>{signature.key_id}</code> },
              { name: t('publicKeys'), value: <a href={keysPath}>{keysPath}</a> },
            ]}
          />
          <CodeBlock
            label={t('verifyCommand')}
            code={`halley receipts verify halley-receipt-${receipt.id}.json --keys halley-receipt-keys.json`}
          />
        </Section>
      )}
    </>
  );
}
