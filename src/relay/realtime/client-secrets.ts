/**
 * Secrets that a server hands to a browser, with which it opens sockets for some minutes. Each is sealed by the fleet's
 * secrets and bound to one key by id and digest: it is good for nothing else, and dead with the key.
 */
import { openSealed, seal } from '../../domain/seal.ts';
import { clientSecretContext } from '../../domain/seal-contexts.ts';
import type { SecretRing } from '../../domain/secret-ring.ts';
import type { Clock } from '../../platform/clock.ts';
import { HalleyError } from '../../platform/errors.ts';
import type { RandomBytes } from '../../platform/random.ts';
import type { JsonObject } from '../../protocols/protocol.ts';
import { asObject } from '../../protocols/usage/usage-shape.ts';
import type { RecordSource } from '../../store/ledger-store.ts';

/** Looks like OpenAI's, so that clients which check the beginning take it. */
const prefix = 'ek_halley_';
const form = /^ek_halley_[\w-]{40,12000}$/;

export interface ClientSecret {
  readonly keyId: number;
  readonly digest: Uint8Array;
  /** Seconds UTC. */
  readonly expiresAt: number;
  /** The session's configuration; undefined = none. */
  readonly config: JsonObject | undefined;
  /** Where its sessions come from. */
  readonly source: RecordSource;
}

export interface ClientSecretOptions {
  readonly secrets: SecretRing;
  readonly random: RandomBytes;
  readonly clock: Pick<Clock, 'now'>;
}

export function isClientSecret(credential: string): boolean {
  return credential.startsWith(prefix);
}

export function makeClientSecret({ secrets, random }: ClientSecretOptions, secret: ClientSecret): string {
  const { keyId, digest, expiresAt, config, source } = secret;
  const digestText = Buffer.from(digest).toString('base64url');
  const text = JSON.stringify([keyId, digestText, expiresAt, config ?? null, source]);
  return prefix + Buffer.from(seal(secrets, random, text, clientSecretContext)).toString('base64url');
}

/** @throws HalleyError('invalid_api_key') when it was not made here, was altered, or has expired */
export function openClientSecret({ secrets, clock }: ClientSecretOptions, value: string): ClientSecret {
  const secret = read(secrets, value);
  if (clock.now() >= secret.expiresAt * 1000) {
    throw new HalleyError('invalid_api_key', { log: 'an expired client secret' });
  }
  return secret;
}

function read(secrets: SecretRing, value: string): ClientSecret {
  if (!form.test(value)) throw new HalleyError('invalid_api_key', { log: 'a malformed client secret' });
  let text: string;
  try {
    text = openSealed(secrets, Buffer.from(value.slice(prefix.length), 'base64url'), clientSecretContext);
  } catch {
    throw new HalleyError('invalid_api_key', { log: 'a client secret that was not made here' });
  }
  const [keyId, digest, expiresAt, config, source]: unknown[] = JSON.parse(text);
  return {
    keyId: Number(keyId),
    digest: new Uint8Array(Buffer.from(String(digest), 'base64url')),
    expiresAt: Number(expiresAt),
    config: asObject(config),
    source: source === 'playground' ? source : '',
  };
}
