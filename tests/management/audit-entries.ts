/** Reads the audit log in tests of the management API. */
import { dataOf, type Rig } from './rig.ts';

export interface Entry {
  readonly id: number;
  readonly action: string;
  readonly object_type: string;
  readonly object_id: number;
  readonly object_name: string;
  readonly owner_id: number;
  readonly actor_id: number;
  readonly actor_name: string;
  readonly credential: string;
  readonly credential_id: string;
  readonly address: string;
  readonly user_agent: string;
  readonly request_id: string;
  readonly changes: readonly { readonly field: string; readonly secret: boolean }[];
}

export async function entries(
  rig: Rig,
  query = '',
  token?: string,
  path = '/api/audit',
): Promise<readonly Entry[]> {
  const reply = await rig.call('GET', `${path}?page_size=100&${query}`, token === undefined ? {} : { token });
  return dataOf(reply).items as readonly Entry[];
}

/** The entries that `work` adds, oldest first. */
export async function addedBy(rig: Rig, work: () => Promise<unknown>): Promise<readonly Entry[]> {
  const [last] = await entries(rig);
  await work();
  return (await entries(rig)).filter(({ id }) => id > (last?.id ?? 0)).toReversed();
}

export const shown = ({ action, object_type, object_id }: Entry) =>
  `${action} ${object_type} ${object_id || ''}`.trim();
