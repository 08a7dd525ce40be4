/** The name of what usage is kept apart by: a model, key, channel, account or group, or the rest. */
import { useMessages } from '../../i18n/messages.ts';
import type { Line } from './figures.ts';

export type Dimension = 'model' | 'key' | 'channel' | 'account' | 'group';

type Named = Pick<Line, 'id' | 'name' | 'username'> & { readonly is_other?: boolean };

/** @param others how many the rest is */
export function useLineName(by: Dimension, others: number): (line: Named) => string {
  const t = useMessages('usage');
  return ({ id, name, username, is_other: isOther = false }) => {
    if (isOther) return t('other', { count: others });
    if (name === null) return t(by === 'channel' ? 'channelNumber' : 'deleted', { id: id ?? 0 });
    if (name === '') return t('unnamed');
    return username === null ? name : `${name} (${username})`;
  };
}
