/** Finds Anthropic's word for an error within a response [TA ErrorType] (sections 12 and 17). */

const types: ReadonlySet<string> = new Set([
  ...['invalid_request_error', 'authentication_error', 'billing_error', 'permission_error'],
  ...['not_found_error', 'conflict_error', 'rate_limit_error', 'api_error', 'timeout_error'],
  'overloaded_error',
]);

/** Codes of other protocols (section 17). */
const typesByCode: Readonly<Record<string, string>> = {
  rate_limit_exceeded: 'rate_limit_error',
  RESOURCE_EXHAUSTED: 'rate_limit_error',
  server_is_overloaded: 'overloaded_error',
  UNAVAILABLE: 'overloaded_error',
  DEADLINE_EXCEEDED: 'timeout_error',
  INVALID_ARGUMENT: 'invalid_request_error',
  invalid_prompt: 'invalid_request_error',
  context_length_exceeded: 'invalid_request_error',
};

/** @param code the upstream's; '' = none */
export function errorTypeOf(code: string): string {
  if (types.has(code)) return code;
  return Object.hasOwn(typesByCode, code) ? (typesByCode[code] ?? 'api_error') : 'api_error';
}
