/** The filters that are used most, and what opens the others. */
import { getRouteApi } from '@tanstack/react-router';
import { ListFilter } from 'lucide-react';
import { lazy, Suspense, useState } from 'react';
import { Button } from '../../components/button.tsx';
import { Select } from '../../components/select.tsx';
import type { Column } from '../../components/table/column.ts';
import { ColumnMenu } from '../../components/table/column-menu.tsx';
import { SwitchField } from '../../components/toggle.tsx';
import { SearchBox, Toolbar } from '../../components/toolbar.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { rangeDefault } from './log-filter.ts';
import type { LogRecord } from './log-queries.ts';
import { type LogSearch, ranges, states } from './log-search.ts';
import styles from './logs.module.css';

const FilterPanel = lazy(async () => ({ default: (await import('./filter-panel.tsx')).FilterPanel }));

const route = getRouteApi('/shell/log');

interface LogToolbarProps {
  readonly search: LogSearch;
  readonly isAdministrator: boolean;
  readonly columns: readonly Column<LogRecord>[];
  readonly hidden: ReadonlySet<string>;
  readonly onHide: (column: string, isHidden: boolean) => void;
}

const custom = 'custom';

export function LogToolbar({ search, isAdministrator, columns, hidden, onHide }: LogToolbarProps) {
  const t = useMessages('logs');
  const navigate = route.useNavigate();
  const [isOpen, setIsOpen] = useState(false);
  /** Every change of a filter begins at the newest again. */
  const change = (changed: Partial<LogSearch>) =>
    void navigate({ search: (old) => ({ ...old, ...changed, before: undefined }), replace: true });
  const isCustom = search.from !== undefined && search.to !== undefined;
  return (
    <>
      <Toolbar>
        <SearchBox
          label={t('searchById')}
          value={search.q ?? ''}
          onSearch={(q) => change({ q: q || undefined })}
        />
        <Select
          label={t('range')}
          choices={[
            ...ranges.map((value) => ({ value, label: t(`range${value}`) })),
            ...(isCustom ? [{ value: custom, label: t('rangeCustom') }] : []),
          ]}
          value={isCustom ? custom : (search.range ?? rangeDefault)}
          onChange={(event) => {
            const range = ranges.find((known) => known === event.target.value);
            if (range)
              change({ range: range === rangeDefault ? undefined : range, from: undefined, to: undefined });
          }}
        />
        <Select
          label={t('status')}
          choices={[
            { value: '', label: t('anyState') },
            ...states.map((value) => ({ value, label: t(`state_${value}`) })),
          ]}
          value={search.state ?? ''}
          onChange={(event) => change({ state: states.find((known) => known === event.target.value) })}
        />
        {isAdministrator && (
          <Select
            label={t('whose')}
            choices={[
              { value: 'own', label: t('ownRequests') },
              { value: 'all', label: t('allRequests') },
            ]}
            value={search.all ? 'all' : 'own'}
            onChange={(event) => change({ all: event.target.value === 'all' || undefined, key: undefined })}
          />
        )}
        <Button icon={<ListFilter />} aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
          {t('filters')}
        </Button>
        <ColumnMenu columns={columns} hidden={hidden} onChange={onHide} />
        <SwitchField
          label={t('live')}
          checked={search.live ?? false}
          onChange={(isOn) => change({ live: isOn || undefined })}
        />
      </Toolbar>
      {search.live && (
        <p className={styles.note} role="status">
          {t('liveNote')}
        </p>
      )}
      <Suspense>{isOpen && <FilterPanel search={search} onChange={change} />}</Suspense>
    </>
  );
}
