/** What requests cost: the prices of models, and the multipliers of groups. */
import { getRouteApi } from '@tanstack/react-router';
import { Plus, Upload } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { ButtonLink } from '../../components/button.tsx';
import { Page } from '../../components/page.tsx';
import { Tabs } from '../../components/tabs.tsx';
import { AdministratorsOnly } from '../../features/administrators/administrators-only.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { ExportButton } from './export-button.tsx';
import { GroupsTab } from './groups-tab.tsx';
import { ModelsTab } from './models-tab.tsx';

const route = getRouteApi('/shell/price');

const PriceSheet = lazy(async () => ({ default: (await import('./price-sheet.tsx')).PriceSheet }));
const ImportSheet = lazy(async () => ({ default: (await import('./import-sheet.tsx')).ImportSheet }));
const GroupDialog = lazy(async () => ({ default: (await import('./group-dialog.tsx')).GroupDialog }));

export function PricesPage() {
  const t = useMessages('prices');
  return (
    <AdministratorsOnly title={t('title')}>
      <Prices />
    </AdministratorsOnly>
  );
}

function Prices() {
  const t = useMessages('prices');
  const { tab, open, add } = route.useSearch();
  const navigate = route.useNavigate();
  const close = (ignoreBlocker: boolean) =>
    void navigate({ search: (old) => ({ ...old, open: undefined, add: undefined }), ignoreBlocker });
  const tabs = [
    { value: 'models', label: t('models'), content: <ModelsTab /> },
    { value: 'groups', label: t('groups'), content: <GroupsTab /> },
  ];
  return (
    <Page title={t('title')} description={t('description')} actions={<Actions isGroups={tab === 'groups'} />}>
      <Tabs
        label={t('title')}
        tabs={tabs}
        value={tab ?? 'models'}
        onChange={(next) => navigate({ search: { tab: next === 'groups' ? 'groups' : undefined } })}
      />
      <Suspense>
        {open !== undefined && (
          <PriceSheet key={open} model={open} onClose={() => close(false)} onDone={() => close(true)} />
        )}
        {add === 'price' && (
          <PriceSheet model={undefined} onClose={() => close(false)} onDone={() => close(true)} />
        )}
        {add === 'file' && <ImportSheet onClose={() => close(false)} />}
        {add === 'group' && <GroupDialog onClose={() => close(true)} />}
      </Suspense>
    </Page>
  );
}

function Actions({ isGroups }: { readonly isGroups: boolean }) {
  const t = useMessages('prices');
  const link = { from: '/price', to: '/price' } as const;
  if (isGroups) {
    return (
      <ButtonLink
        {...link}
        search={(old) => ({ ...old, add: 'group' as const })}
        variant="primary"
        icon={<Plus />}
        data-create=""
      >
        {t('setMultiplier')}
      </ButtonLink>
    );
  }
  return (
    <>
      <ExportButton />
      <ButtonLink {...link} search={(old) => ({ ...old, add: 'file' as const })} icon={<Upload />}>
        {t('import')}
      </ButtonLink>
      <ButtonLink
        {...link}
        search={(old) => ({ ...old, add: 'price' as const })}
        variant="primary"
        icon={<Plus />}
        data-create=""
      >
        {t('create')}
      </ButtonLink>
    </>
  );
}
