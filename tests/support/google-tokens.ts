/** A token endpoint as Google's, which verifies each assertion with the public key of the account. */
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { json } from './upstream-behaviours.ts';
import type { Behaviour, Exchange } from './upstream-exchange.ts';

export interface GoogleAccount {
  /** The JSON text of its key file. */
  readonly keyFile: string;
  /** Serves the token endpoint at the account's `token_uri`. */
  readonly issue: Behaviour;
  /** The tokens issued so far, in order. */
  readonly tokens: readonly string[];
  /** Whether a request carries a token that was issued. */
  accepts(exchange: Exchange): boolean;
}

const fromBase64url = (text: string): unknown => JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));

/** The reason why the assertion is not accepted; undefined = it is. */
function refusalOf(assertion: string, publicKey: string, expected: { iss: string; aud: string }) {
  const [header = '', payload = '', signature = ''] = assertion.split('.');
  const { alg, kid } = fromBase64url(header) as Record<string, unknown>;
  const claims = fromBase64url(payload) as Record<string, unknown>;
  const signed = Buffer.from(`${header}.${payload}`);
  const key = createPublicKey(publicKey);
  if (!verify('RSA-SHA256', signed, key, Buffer.from(signature, 'base64url')))
    return 'Invalid JWT Signature.';
  if (alg !== 'RS256' || kid !== 'key-1') return 'Invalid header.';
  if (claims.iss !== expected.iss || claims.aud !== expected.aud) return 'Invalid issuer or audience.';
  if (claims.scope !== 'https://www.googleapis.com/auth/cloud-platform') return 'Invalid scope.';
  if (Number(claims.exp) - Number(claims.iat) > 3600) return 'Expires too late.';
  return undefined;
}

/** @param origin of the upstream that serves the token endpoint */
export function googleAccount(origin: string, lifetimeS = 3600): GoogleAccount {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const iss = 'halley@test-project.iam.gserviceaccount.com';
  const aud = `${origin}/token`;
  const tokens: string[] = [];
  return {
    tokens,
    keyFile: JSON.stringify({
      type: 'service_account',
      project_id: 'test-project',
      private_key_id: 'key-1',
      private_key: privateKey,
      client_email: iss,
      token_uri: aud,
    }),
    async issue(exchange) {
      const form = new URLSearchParams((await exchange.wholeBody).toString('utf8'));
      const refusal = refusalOf(form.get('assertion') ?? '', publicKey, { iss, aud });
      if (form.get('grant_type') !== 'urn:ietf:params:oauth:grant-type:jwt-bearer' || refusal !== undefined) {
        return json({ error: 'invalid_grant', error_description: refusal }, 400)(exchange);
      }
      const token = `ya29.issued-token-${tokens.length + 1}`;
      tokens.push(token);
      return json({ access_token: token, expires_in: lifetimeS, token_type: 'Bearer' })(exchange);
    },
    accepts: ({ recorded }) =>
      tokens.some((token) => recorded.headers.authorization === `Bearer ${token}`) &&
      recorded.headers['x-goog-api-key'] === undefined,
  };
}
