/** What all kinds of requests have above them: the choice of the kind, and why the keys could not be read. */
import { Segments } from '../../components/segments.tsx';
import { ErrorState } from '../../components/states.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { otherPanes, type PlaygroundSearch } from './search.ts';

export interface PaneProps {
  readonly search: PlaygroundSearch;
  /** Undefined while it is not known. */
  readonly keyId: number | undefined;
  /** Why the keys could not be read; undefined = they could. */
  readonly error: Error | undefined;
  readonly onRetry: () => void;
  readonly change: (changes: Partial<PlaygroundSearch>) => void;
}

const conversation = 'conversation';
const panes = [conversation, ...otherPanes] as const;

export function PaneHead({ search, error, onRetry, change }: PaneProps) {
  const t = useMessages('playground');
  return (
    <>
      <Segments
        label={t('pane')}
        choices={panes.map((value) => ({
          value,
          label: t(value === conversation ? 'conversations' : value),
        }))}
        value={search.pane ?? conversation}
        // Each kind has models of its own.
        onChange={(pane) =>
          change({
            pane: pane === conversation ? undefined : pane,
            model: undefined,
            model2: undefined,
            protocol: undefined,
            protocol2: undefined,
            job: undefined,
          })
        }
      />
      {error && <ErrorState error={error} onRetry={onRetry} />}
    </>
  );
}
