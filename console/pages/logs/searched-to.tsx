/** Says where a search stopped, having looked at as many requests as one call may, and goes on from there. */
import { useNavigate } from '@tanstack/react-router';
import { Button } from '../../components/button.tsx';
import { Callout } from '../../components/callout.tsx';
import { format } from '../../format/format.ts';
import { useMessages } from '../../i18n/messages.ts';
import type { FoundRecords } from './log-queries.ts';
import type { LogSearch } from './log-search.ts';

interface SearchedToProps {
  readonly search: LogSearch;
  readonly found: FoundRecords;
}

export function SearchedTo({ search, found }: SearchedToProps) {
  const t = useMessages('logs');
  const navigate = useNavigate();
  if (found.searched_to === 0) return null;
  const searchOn = () =>
    void navigate({ to: '/log', search: { ...search, before: found.next, live: undefined } });
  return (
    <Callout
      tone="info"
      actions={
        <Button size="sm" onClick={searchOn}>
          {t('searchOn')}
        </Button>
      }
    >
      {t('searchedTo', { time: format.dateTime(found.searched_to) })}
    </Callout>
  );
}
