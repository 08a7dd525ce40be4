/**
 * Carries a provider's signature or encrypted reasoning through a client of another protocol, in a field that the client
 * sends back unchanged. Only what bears our prefix is unwrapped: a real signature must never be mistaken for one.
 */
import type { Carried, Provider } from './form/request.ts';

export const carrierPrefix = 'halley2.';
const pattern = /^halley2\.(openai|anthropic|gemini)\.([\w-]*)\.(.*)$/s;

/** Whether a text is carried for a provider whose own signatures do not stand in its field. */
export const isCarrier = (text: string): boolean => pattern.test(text);

/**
 * @param own the provider whose own signatures stand bare in this field. OpenAI's never do: they are bound to the
 * account that made them, which the seal names
 */
export function wrap({ provider, blob, seal = '' }: Carried, own?: 'anthropic' | 'gemini'): string {
  return provider === own ? blob : `${carrierPrefix}${provider}.${seal}.${blob}`;
}

/** @param own the provider of what bears no prefix */
export function unwrap(text: string, own: Provider): Carried {
  const [, provider, seal, blob] = pattern.exec(text) ?? [];
  if (provider === undefined || seal === undefined || blob === undefined)
    return { provider: own, blob: text };
  // Mutated by tests: whose a carried text is
  return { provider: provider as Provider, blob, seal };
}
