/** The cache of server state, and what happens when a session ends. */
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { ApiError, isSignedOut } from './api-error.ts';
import { sessionEnded } from './session-state.ts';

const retriesMax = 2;

/** Only failures that may pass by themselves are tried again. */
function isPassing(error: Error): boolean {
  if (!(error instanceof ApiError)) return false;
  const { status } = error.facts;
  return status === 0 || status === 502 || status === 503 || status === 504;
}

function noteSignedOut(error: Error): void {
  if (isSignedOut(error)) sessionEnded();
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: noteSignedOut }),
  mutationCache: new MutationCache({ onError: noteSignedOut }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (count, error) => count < retriesMax && isPassing(error),
    },
  },
});
