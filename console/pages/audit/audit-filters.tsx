/** The filters above the audit log, and those that are set from an entry, each with a way to drop it. */
import { lazy, Suspense } from 'react';
import { useIsAdministrator } from '../../api/session.ts';
import { ChosenFilters } from '../../components/chosen-filters.tsx';
import { CustomDays } from '../../components/custom-days.tsx';
import { Segments } from '../../components/segments.tsx';
import { Select } from '../../components/select.tsx';
import { SearchBox, Toolbar } from '../../components/toolbar.tsx';
import { actionLooks, objectWords } from '../../features/audit/entry.ts';
import { daysOf } from '../../format/zoned-days.ts';
import { useMessages } from '../../i18n/messages.ts';
import { actions, lastDays, objectTypes, ranges } from './filters.ts';
import type { AuditSearch } from './route.ts';

// Comboboxes are heavy.
const AccountPicker = lazy(async () => ({
  default: (await import('../../features/key-picker/account-picker.tsx')).AccountPicker,
}));

interface AuditFiltersProps {
  readonly search: AuditSearch;
  /** Changes filters, and returns to the newest entries. */
  readonly onChange: (changed: Partial<AuditSearch>) => void;
}

/** The choice that means no filter. */
const any = '';

export function AuditFilters({ search, onChange }: AuditFiltersProps) {
  const t = useMessages('audit');
  const isAdministrator = useIsAdministrator();
  const days = search.days === undefined ? undefined : daysOf(search.days);
  const rangeWords = { day: t('rangeDay'), week: t('rangeWeek'), month: t('rangeMonth') };
  return (
    <>
      <Toolbar>
        <SearchBox
          label={t('search')}
          value={search.q ?? ''}
          onSearch={(text) => onChange({ q: text || undefined })}
        />
        <Select
          label={t('action')}
          value={search.action ?? any}
          onChange={({ target }) => onChange({ action: actions.find((each) => each === target.value) })}
          choices={[
            { value: any, label: t('everyAction') },
            ...actions.map((value) => ({ value, label: t(actionLooks[value].word) })),
          ]}
        />
        <Select
          label={t('object')}
          value={search.type ?? any}
          onChange={({ target }) =>
            onChange({ type: objectTypes.find((each) => each === target.value), id: undefined })
          }
          choices={[
            { value: any, label: t('everyObject') },
            ...objectTypes.map((value) => ({ value, label: t(objectWords[value]) })),
          ]}
        />
        <Segments
          label={t('range')}
          value={days ? 'custom' : (search.range ?? 'all')}
          onChange={(value) =>
            onChange({
              range: ranges.find((each) => each === value),
              days: value === 'custom' ? lastDays() : undefined,
            })
          }
          choices={[
            ...ranges.map((value) => ({ value, label: rangeWords[value] })),
            { value: 'all', label: t('rangeAll') },
            { value: 'custom', label: t('rangeCustom') },
          ]}
        />
        {isAdministrator && (
          <Suspense>
            <AccountPicker
              label={t('whoseAction')}
              isLabelHidden
              placeholder={t('whoseAction')}
              onChoose={({ id }) => onChange({ actor: id })}
            />
          </Suspense>
        )}
      </Toolbar>
      {days && <CustomDays days={days} onChange={(next) => onChange({ days: next })} />}
      <OtherFilters search={search} onChange={onChange} />
    </>
  );
}

function OtherFilters({ search: { type, id, actor, owner, address }, onChange }: AuditFiltersProps) {
  const t = useMessages('audit');
  const chosen = [
    actor !== undefined && { name: t('byAccount', { id: String(actor) }), drop: { actor: undefined } },
    owner !== undefined && { name: t('ofAccount', { id: String(owner) }), drop: { owner: undefined } },
    address !== undefined && { name: t('fromAddress', { address }), drop: { address: undefined } },
    type !== undefined &&
      id !== undefined && {
        name: t('objectNumbered', { type: t(objectWords[type]), id: String(id) }),
        drop: { type: undefined, id: undefined },
      },
  ];
  return <ChosenFilters chosen={chosen} dropLabel={(name) => t('dropFilter', { name })} onDrop={onChange} />;
}
