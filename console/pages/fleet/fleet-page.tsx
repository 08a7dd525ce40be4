/** The nodes of the fleet, and how long the last changes of rights took. */
import { useQuery } from '@tanstack/react-query';
import { Network, ShieldCheck } from 'lucide-react';
import { useMemo } from 'react';
import { Callout } from '../../components/callout.tsx';
import { Page, Section } from '../../components/page.tsx';
import { Stack } from '../../components/stack.tsx';
import { EmptyState, ErrorState } from '../../components/states.tsx';
import { DataTable } from '../../components/table/data-table.tsx';
import { AdministratorsOnly } from '../../features/administrators/administrators-only.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { FleetTiles } from './fleet-tiles.tsx';
import { nodeColumns } from './node-columns.tsx';
import { fleetQuery, revocationsQuery } from './queries.ts';
import { revocationColumns } from './revocation-columns.tsx';

export function FleetPage() {
  const common = useMessages('common');
  return (
    <AdministratorsOnly title={common('fleet')}>
      <FleetState />
    </AdministratorsOnly>
  );
}

function FleetState() {
  const common = useMessages('common');
  const t = useMessages('fleet');
  const fleet = useQuery(fleetQuery);
  const revocations = useQuery(revocationsQuery);
  const columns = useMemo(() => nodeColumns(t), [t]);
  const changeColumns = useMemo(() => revocationColumns(t), [t]);
  return (
    <Page title={common('fleet')} description={t('description')}>
      {fleet.error && <ErrorState error={fleet.error} onRetry={() => void fleet.refetch()} />}
      <FleetTiles fleet={fleet.data} revocations={revocations.data} />
      {fleet.data?.mode === 'embedded' && <Callout tone="info">{t('embedded')}</Callout>}
      <Section title={t('nodesTitle')} description={t('nodesDescription')} plain>
        <DataTable
          caption={t('nodesTitle')}
          columns={columns}
          rows={fleet.data?.nodes}
          rowId={({ incarnation }) => String(incarnation)}
          pageSize={1}
          empty={<EmptyState icon={<Network aria-hidden="true" />} title={t('nodesEmpty')} />}
        />
      </Section>
      <Section title={t('revocationsTitle')} description={t('revocationsDescription')} plain>
        <Stack>
          {revocations.error && (
            <ErrorState error={revocations.error} onRetry={() => void revocations.refetch()} />
          )}
          <DataTable
            caption={t('revocationsTitle')}
            columns={changeColumns}
            rows={revocations.data}
            rowId={({ committed_ms: at, action, took_ms: took }) => `${at} ${action} ${took}`}
            pageSize={3}
            empty={
              <EmptyState icon={<ShieldCheck aria-hidden="true" />} title={t('revocationsEmpty')}>
                {t('revocationsEmptyText')}
              </EmptyState>
            }
          />
        </Stack>
      </Section>
    </Page>
  );
}
