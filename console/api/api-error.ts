/** The failure of a call to the gateway. */
export interface ApiErrorFacts {
  /** HTTP status; 0 = the gateway could not be reached. */
  readonly status: number;
  /** Stable code for programs, from docs/reference/errors.md; `unreachable` and `unexpected_response` are the console's own. */
  readonly code: string;
  /** What went wrong and what to do, in English; '' = the gateway gave no text. */
  readonly message: string;
  readonly requestId: string;
  readonly retryAfterSeconds?: number | undefined;
}

export class ApiError extends Error {
  readonly facts: ApiErrorFacts;

  constructor(facts: ApiErrorFacts, options?: ErrorOptions) {
    super(facts.message || facts.code, options);
    this.name = 'ApiError';
    this.facts = facts;
  }
}

/** Whether the caller is not signed in, or no longer. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof ApiError && error.facts.status === 401;
}
