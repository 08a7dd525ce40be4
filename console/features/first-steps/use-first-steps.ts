/** The first steps with a new gateway: which are done, and whether the account still wants to see them. */
import { queryOptions, useQuery } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { api, dataOf } from '../../api/client.ts';
import { roles, useAccount } from '../../api/session.ts';

/** Of the key that the first step makes where there is none. */
export const demoKeyName = 'demo';

const demoBaseUrl = 'demo:';

export interface FirstSteps {
  /** A model request was made. */
  readonly hasRequest: boolean;
  /** A channel leads to more than the built-in demo. Undefined = the account does not manage channels. */
  readonly hasUpstream: boolean | undefined;
  /** Besides the key that the first step made. */
  readonly hasKey: boolean;
  /** The newest key that can be used; undefined = there is none. */
  readonly usableKeyId: number | undefined;
}

const statusEnabled = 1;
/** Enough to find one that is not the demo's. */
const keysLookedAt = 20;

export const firstStepsQuery = (isAdministrator: boolean) =>
  queryOptions({
    queryKey: ['first-steps', isAdministrator],
    queryFn: async ({ signal }): Promise<FirstSteps> => {
      const [keys, records, channels] = await Promise.all([
        dataOf(api.GET('/api/token/list', { signal, params: { query: { page_size: keysLookedAt } } })),
        dataOf(api.GET('/api/log/self', { signal, params: { query: { type: 2, page_size: 1 } } })),
        isAdministrator
          ? dataOf(api.GET('/api/channel', { signal, params: { query: { page_size: 100 } } }))
          : undefined,
      ]);
      return {
        hasRequest: records.items.length > 0,
        hasUpstream: channels?.items.some(({ base_url }) => base_url !== demoBaseUrl),
        hasKey: keys.items.some(({ name }) => name !== demoKeyName),
        usableKeyId: keys.items.find(({ status }) => status === statusEnabled)?.id,
      };
    },
  });

export function areDone({ hasRequest, hasUpstream = true, hasKey }: FirstSteps): boolean {
  return hasRequest && hasUpstream && hasKey;
}

const storageKey = 'halley.first_steps';
const listeners = new Set<() => void>();

/** Shows the steps no more in this browser. */
export function dismissFirstSteps(): void {
  localStorage.setItem(storageKey, 'dismissed');
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const isDismissed = () => localStorage.getItem(storageKey) !== null;

/** Whether some step is still to be done and the account has not dismissed them. */
export function useWantsFirstSteps(): boolean {
  const dismissed = useSyncExternalStore(subscribe, isDismissed);
  const isAdministrator = useAccount().role >= roles.administrator;
  const { data } = useQuery({ ...firstStepsQuery(isAdministrator), enabled: !dismissed });
  return !dismissed && data !== undefined && !areDone(data);
}
