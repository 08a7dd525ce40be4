/** Finds the names of what usage is kept apart by. */
import { z } from 'zod';
import type { UsageDimension } from '../../store/usage-store.ts';
import type { Services } from '../services.ts';

export const nameFields = {
  id: z.int().nullable().describe('Of the key, account or channel; null for models, groups, and "other".'),
  name: z
    .string()
    .nullable()
    .describe(
      'As it is now; null when it is gone, for "other", and for channels unless to administrators. Empty = none, as for requests that reached no channel.',
    ),
  username: z.string().nullable().describe('Of the account of a key, for administrators; otherwise null.'),
};
export interface Named {
  readonly id: number | null;
  readonly name: string | null;
  readonly username: string | null;
}

/** @param isForAdmin whether channels, and the accounts of keys, are named */
export async function namedValue(
  { store }: Pick<Services, 'store'>,
  by: UsageDimension,
  value: number | string,
  isForAdmin: boolean,
): Promise<Named> {
  if (typeof value === 'string') return { id: null, name: value, username: null };
  if (value === 0) return { id: 0, name: '', username: null };
  if (by === 'accountId') {
    const account = await store.getAccount(value);
    return { id: value, name: account?.username ?? null, username: null };
  }
  if (by === 'channelId') {
    const channel = isForAdmin ? await store.getChannel(value) : undefined;
    return { id: value, name: channel?.name ?? null, username: null };
  }
  const found = await store.findKeyById(value);
  return {
    id: value,
    name: found?.key.name ?? null,
    username: (isForAdmin && found?.account.username) || null,
  };
}
