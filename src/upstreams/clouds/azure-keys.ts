/** Reads the keys of a channel to Azure OpenAI: API keys, and applications of Microsoft Entra. */
import { HalleyError } from '../../platform/errors.ts';

/** An application that gets tokens by its secret. */
export interface EntraApplication {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Where its tokens are issued. */
  readonly tokenUri: string;
}

const defaultAuthority = 'https://login.microsoftonline.com';

const wrong = (why: string) => {
  const message = `A key of Azure OpenAI must be an API key, or JSON with "tenant_id", "client_id" and "client_secret": ${why}`;
  return new HalleyError('invalid_value', { message, param: 'keys' });
};

function fieldsOf(text: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text);
  } catch {
    throw wrong('this is no JSON.');
  }
}

/**
 * @returns undefined = the text is an API key
 * @throws HalleyError('invalid_value') that does not quote the key
 */
export function readApplication(text: string): EntraApplication | undefined {
  if (!text.startsWith('{')) {
    if (!/^[\x21-\x7e]+$/.test(text)) throw wrong('an API key is visible ASCII without spaces.');
    return undefined;
  }
  const fields = fieldsOf(text);
  const { tenant_id, client_id, client_secret, authority_host = defaultAuthority } = fields;
  const isTenant = typeof tenant_id === 'string' && /^[\w.-]+$/.test(tenant_id);
  if (!isTenant) throw wrong('its "tenant_id" is no id or domain of a tenant.');
  if (typeof client_id !== 'string') throw wrong('it has no "client_id".');
  if (typeof client_secret !== 'string' || client_secret === '') throw wrong('it has no "client_secret".');
  if (typeof authority_host !== 'string' || !URL.canParse(authority_host)) {
    throw wrong('its "authority_host" is no URL.');
  }
  const tokenUri = new URL(`/${tenant_id}/oauth2/v2.0/token`, authority_host).href;
  return { clientId: client_id, clientSecret: client_secret, tokenUri };
}
