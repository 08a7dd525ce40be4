/** The filters that are set, each with a button that removes it. */
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { X } from 'lucide-react';
import { Button } from '../../components/button.tsx';
import { keyQuery } from '../../features/key-picker/key-queries.ts';
import { format } from '../../format/format.ts';
import { useMessages } from '../../i18n/messages.ts';
import { filterOf, narrowingOf, withoutNarrowing } from './log-filter.ts';
import type { LogSearch } from './log-search.ts';
import styles from './logs.module.css';

const route = getRouteApi('/shell/log');

export function FilterChips({ search }: { readonly search: LogSearch }) {
  const t = useMessages('logs');
  const navigate = route.useNavigate();
  const set = narrowingOf(filterOf(search)).filter((name) => name !== 'q' && name !== 'state');
  if (set.length === 0) return null;
  const change = (changed: Partial<LogSearch>) =>
    void navigate({ search: (old) => ({ ...old, ...changed, before: undefined }), replace: true });
  const { key = [], model = [], error, min_ms: minMs, min_cost: minCost, user, channel } = search;
  return (
    <ul className={styles.chips} aria-label={t('filters')}>
      {key.map((id) => (
        <KeyChip key={id} id={id} onRemove={() => change({ key: without(key, id) })} />
      ))}
      {model.map((id) => (
        <Chip
          key={id}
          text={t('chipModel', { model: id })}
          onRemove={() => change({ model: without(model, id) })}
        />
      ))}
      {error !== undefined && (
        <Chip text={t('chipError', { code: error })} onRemove={() => change({ error: undefined })} />
      )}
      {minMs !== undefined && (
        <Chip
          text={t('chipDuration', { duration: format.duration(minMs) })}
          onRemove={() => change({ min_ms: undefined })}
        />
      )}
      {minCost !== undefined && (
        <Chip
          text={t('chipCost', { cost: format.money(minCost) })}
          onRemove={() => change({ min_cost: undefined })}
        />
      )}
      {user !== undefined && (
        <Chip text={t('chipAccount', { name: user })} onRemove={() => change({ user: undefined })} />
      )}
      {channel !== undefined && (
        <Chip text={t('chipChannel', { id: channel })} onRemove={() => change({ channel: undefined })} />
      )}
      <li>
        <Button size="sm" variant="ghost" onClick={() => void navigate({ search: withoutNarrowing })}>
          {t('clearFilters')}
        </Button>
      </li>
    </ul>
  );
}

/** The list without a value; undefined when nothing is left. */
function without<Value>(values: readonly Value[], removed: Value): Value[] | undefined {
  const left = values.filter((value) => value !== removed);
  return left.length === 0 ? undefined : left;
}

function KeyChip({ id, onRemove }: { readonly id: number; readonly onRemove: () => void }) {
  const t = useMessages('logs');
  const { data } = useQuery(keyQuery(id));
  return <Chip text={t('chipKey', { name: data?.name || `#${id}` })} onRemove={onRemove} />;
}

function Chip({ text, onRemove }: { readonly text: string; readonly onRemove: () => void }) {
  const t = useMessages('logs');
  return (
    <li>
      <Button size="sm" onClick={onRemove} aria-label={t('removeFilter', { filter: text })}>
        <bdi className={styles.name}>{text}</bdi>
        <X aria-hidden="true" />
      </Button>
    </li>
  );
}
