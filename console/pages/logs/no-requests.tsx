/** In place of an empty list: nothing was ever requested, or nothing matches. */
import { useNavigate } from '@tanstack/react-router';
import { ListTree, SearchX } from 'lucide-react';
import { useIsAdministrator } from '../../api/session.ts';
import { Button, ButtonLink } from '../../components/button.tsx';
import { Inline } from '../../components/stack.tsx';
import { EmptyState } from '../../components/states.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { filterOf, narrowingOf, withoutNarrowing } from './log-filter.ts';
import type { FoundRecords } from './log-queries.ts';
import type { LogSearch } from './log-search.ts';

interface NoRequestsProps {
  readonly search: LogSearch;
  readonly found: FoundRecords | undefined;
}

export function NoRequests({ search, found }: NoRequestsProps) {
  const t = useMessages('logs');
  const navigate = useNavigate();
  const isAdministrator = useIsAdministrator();
  const isNarrowed = narrowingOf(filterOf(search)).length > 0;
  if (found?.newest === '' && !isNarrowed) {
    return (
      <EmptyState
        icon={<ListTree aria-hidden="true" />}
        title={t('firstTitle')}
        action={
          <ButtonLink to="/playground" variant="primary">
            {t('firstAction')}
          </ButtonLink>
        }
      >
        {t('firstText')}
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon={<SearchX aria-hidden="true" />}
      title={t('noMatchTitle')}
      action={
        isNarrowed ? (
          <Inline>
            <Button onClick={() => void navigate({ to: '/log', search: withoutNarrowing(search) })}>
              {t('clearFilters')}
            </Button>
            {isAdministrator && !search.all && (
              <Button
                onClick={() =>
                  void navigate({ to: '/log', search: { ...search, all: true, before: undefined } })
                }
              >
                {t('allRequests')}
              </Button>
            )}
          </Inline>
        ) : (
          <Button
            onClick={() =>
              void navigate({
                to: '/log',
                search: { ...search, range: '90d', from: undefined, to: undefined, before: undefined },
              })
            }
          >
            {t('widerRange')}
          </Button>
        )
      }
    >
      {t(isNarrowed ? 'noMatchText' : 'noneInRange')}
    </EmptyState>
  );
}
