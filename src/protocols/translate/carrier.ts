/**
 * Carries a provider's signature or encrypted reasoning through a client of another protocol, in a field that the client
 * sends back unchanged. Only what bears our prefix is unwrapped: a real signature must never be mistaken for one.
 */
import type { Carried, Provider } from './form/request.ts';

const prefix = 'halley1.';
const pattern = /^halley1\.(openai|anthropic|gemini)\.(.*)$/s;

/** Whether a text is carried for a provider whose own signatures do not stand in its field. */
export const isCarrier = (text: string): boolean => pattern.test(text);

/** @param own the provider whose own signatures stand bare in this field; undefined = nobody's do */
export function wrap({ provider, blob }: Carried, own?: Provider): string {
  return provider === own ? blob : `${prefix}${provider}.${blob}`;
}

export function unwrap(text: string, own: Provider): Carried {
  const [, provider, blob] = pattern.exec(text) ?? [];
  if (provider === undefined || blob === undefined) return { provider: own, blob: text };
  // Mutated by tests: whose a carried text is
  return { provider: provider as Provider, blob };
}
