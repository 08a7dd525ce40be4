/** What happens once an account has signed in. */
import { useQueryClient } from '@tanstack/react-query';
import { type Account, accountQuery } from '../../api/session.ts';
import { sessionBegan } from '../../api/session-state.ts';
import { applyPreferences, preferencesQuery } from '../preferences/preferences.ts';

/**
 * @returns a function that resolves to whether the page must be loaded again, to show the language and time zone of the
 * account
 */
export function useSignedIn(): (account: Account) => Promise<boolean> {
  const queryClient = useQueryClient();
  return async (account) => {
    queryClient.setQueryData(accountQuery.queryKey, account);
    sessionBegan();
    try {
      return applyPreferences(await queryClient.fetchQuery(preferencesQuery));
    } catch {
      // Without them the browser's own language and zone serve as well.
      return false;
    }
  };
}
