/**
 * Writes errors of Amazon Bedrock in the form of a protocol
 * (https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html). Pure.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { ProtocolName } from '../../domain/protocol-name.ts';
import { asObject, parseOr } from '../../protocols/usage/usage-shape.ts';

/** In lower case: streams write the names with a small letter at the beginning. */
const types: Readonly<Record<string, string>> = {
  accessdeniedexception: 'permission_error',
  expiredtokenexception: 'authentication_error',
  incompletesignatureexception: 'authentication_error',
  invalidclienttokenidexception: 'authentication_error',
  invalidsignatureexception: 'authentication_error',
  missingauthenticationtokenexception: 'authentication_error',
  modelnotreadyexception: 'rate_limit_error',
  resourcenotfoundexception: 'not_found_error',
  servicequotaexceededexception: 'rate_limit_error',
  serviceunavailableexception: 'overloaded_error',
  throttlingexception: 'rate_limit_error',
  unrecognizedclientexception: 'authentication_error',
  validationexception: 'invalid_request_error',
};

/** The type of Anthropic's errors for the name of an exception of AWS. */
export const anthropicErrorType = (exception: string): string =>
  types[exception.toLowerCase()] ?? 'api_error';

/** Such as `ThrottlingException:http://internal.amazon.com/coral/…`. */
function exceptionOf(headers: IncomingHttpHeaders): string {
  return String(headers['x-amzn-errortype'] ?? '').split(':', 1)[0] ?? '';
}

/**
 * The body of an error response in the form of the protocol, with the name of the exception as its code.
 * @returns the same body if it has that form already, or is no error of AWS
 */
export function errorInProtocol(protocol: ProtocolName, headers: IncomingHttpHeaders, body: Buffer): Buffer {
  const value = asObject(parseOr(body.toString('utf8')));
  const code =
    exceptionOf(headers) ||
    (String(value?.__type ?? '')
      .split('#')
      .at(-1) ??
      '');
  if (value?.error !== undefined || code === '') return body;
  const message = String(value?.message ?? value?.Message ?? code);
  const type = anthropicErrorType(code);
  const error = protocol === 'anthropic' ? { type, message, code } : { message, type, param: null, code };
  return Buffer.from(JSON.stringify(protocol === 'anthropic' ? { type: 'error', error } : { error }));
}
