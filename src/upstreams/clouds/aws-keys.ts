/** Reads the keys of a channel to Amazon Bedrock. Pure. */
import { HalleyError } from '../../platform/errors.ts';

/** An access key signs each request; an API key is sent as it is. */
export type AwsKey =
  | {
      readonly form: 'access_key';
      readonly accessKeyId: string;
      readonly secretAccessKey: string;
      /** Of temporary credentials. */
      readonly sessionToken: string | undefined;
    }
  | { readonly form: 'api_key'; readonly value: string };

const accessKeyId = /^[A-Z0-9]{16,128}$/;
const secretPart = /^[\x21-\x39\x3b-\x7e]{16,}$/;

/**
 * A key with a colon is `ACCESS_KEY_ID:SECRET_ACCESS_KEY`, with `:SESSION_TOKEN` for temporary credentials. Any other
 * is an API key of Bedrock.
 * @throws HalleyError('invalid_value') that does not quote the key
 */
export function readAwsKey(key: string): AwsKey {
  const [id = '', secret, session, ...rest] = key.split(':');
  if (secret === undefined) return { form: 'api_key', value: key };
  const isSession = session === undefined || secretPart.test(session);
  if (!accessKeyId.test(id) || !secretPart.test(secret) || !isSession || rest.length > 0) {
    const message =
      'A key of Amazon Bedrock must be ACCESS_KEY_ID:SECRET_ACCESS_KEY, with :SESSION_TOKEN after it for temporary credentials, or an API key of Bedrock, which has no colon.';
    throw new HalleyError('invalid_value', { message, param: 'keys' });
  }
  return { form: 'access_key', accessKeyId: id, secretAccessKey: secret, sessionToken: session };
}
