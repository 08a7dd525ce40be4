/** Says what saving a narrower setting ends. */
import { useQuery } from '@tanstack/react-query';
import { Callout } from '../../components/callout.tsx';
import { useMessages } from '../../i18n/messages.ts';
import { runningQuery } from './key.ts';
import { type KeyForm, narrowings } from './key-fields.ts';

interface NarrowingNoticeProps {
  readonly id: number;
  readonly before: KeyForm;
  readonly after: KeyForm;
}

export function NarrowingNotice({ id, before, after }: NarrowingNoticeProps) {
  const f = useMessages('key-form');
  const narrowed = narrowings(before, after);
  const { data } = useQuery({ ...runningQuery(id), enabled: narrowed.length > 0 });
  if (narrowed.length === 0) return null;
  return (
    <Callout tone="info" title={f('narrowsTitle')}>
      {data && <p>{f('runningNow', { count: data.running })}</p>}
      {data?.in_flight === 'drain' ? (
        <p>{f('narrowsDrain')}</p>
      ) : (
        <ul>
          {narrowed.map((what) => (
            <li key={what}>{f(`narrows_${what}`)}</li>
          ))}
        </ul>
      )}
    </Callout>
  );
}
