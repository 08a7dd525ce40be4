/** Reads the keys of a channel to Vertex AI: key files of Google's service accounts. */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import { HalleyError } from '../../platform/errors.ts';

/** Of the fields of a key file (https://cloud.google.com/iam/docs/keys-create-delete), what a token request needs. */
export interface ServiceAccount {
  readonly clientEmail: string;
  readonly privateKeyId: string | undefined;
  readonly privateKey: KeyObject;
  /** Where tokens are issued. */
  readonly tokenUri: string;
  /** What must not be logged or sent elsewhere. */
  readonly secrets: readonly string[];
}

const defaultTokenUri = 'https://oauth2.googleapis.com/token';

const wrong = (why: string) => {
  const message = `A key of Vertex AI must be the whole JSON text of a service account's key file: ${why}`;
  return new HalleyError('invalid_value', { message, param: 'keys' });
};

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw wrong('this is no JSON.');
  }
  if (typeof value !== 'object' || value === null) throw wrong('this is no JSON object.');
  return value as Readonly<Record<string, unknown>>;
}

function privateKeyOf(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch {
    throw wrong('its "private_key" is no private key in PEM.');
  }
}

/** The lines of a PEM text: an error may quote one of them. */
const linesOf = (pem: string) => pem.split('\n').filter((line) => line !== '' && !line.startsWith('-----'));

/** @throws HalleyError('invalid_value') that does not quote the key */
export function readServiceAccount(text: string): ServiceAccount {
  const fields = fieldsOf(text);
  const { type, client_email, private_key, private_key_id, token_uri = defaultTokenUri } = fields;
  if (type !== 'service_account') throw wrong('its "type" is not "service_account".');
  if (typeof client_email !== 'string') throw wrong('it has no "client_email".');
  if (typeof private_key !== 'string') throw wrong('it has no "private_key".');
  if (typeof token_uri !== 'string' || !URL.canParse(token_uri)) throw wrong('its "token_uri" is no URL.');
  const privateKey = privateKeyOf(private_key);
  if (privateKey.asymmetricKeyType !== 'rsa') throw wrong('its "private_key" is not of RSA.');
  return {
    clientEmail: client_email,
    privateKeyId: typeof private_key_id === 'string' ? private_key_id : undefined,
    privateKey,
    tokenUri: token_uri,
    secrets: [private_key, ...linesOf(private_key)],
  };
}
