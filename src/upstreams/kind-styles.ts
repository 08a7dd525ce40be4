/** The request styles of the kinds of channels whose requests differ from the plain protocol. */
import { HalleyError } from '../platform/errors.ts';
import { azureStyle, checkAzure } from './clouds/azure-style.ts';
import { bedrockStyle, checkBedrock } from './clouds/bedrock-style.ts';
import { checkVertex, vertexStyle } from './clouds/vertex-style.ts';
import { demoBaseUrl, parseBaseUrl } from './dialling.ts';
import type { RequestStyle } from './request-style.ts';
import type { StyleFields, StyleParts } from './style-parts.ts';

interface StyledKind {
  make(parts: StyleParts): RequestStyle;
  /** @throws HalleyError('invalid_value') for a key, base URL or option that it cannot use */
  check(fields: StyleFields): void;
}

const styled: Readonly<Record<string, StyledKind>> = {
  azure: { make: azureStyle, check: checkAzure },
  bedrock: { make: bedrockStyle, check: checkBedrock },
  vertex: { make: vertexStyle, check: checkVertex },
};

const plain: RequestStyle = {};

/** @throws HalleyError('invalid_value') for a key, base URL or option that the kind cannot use */
export function styleOf(kind: string, parts: StyleParts): RequestStyle {
  return styled[kind]?.make(parts) ?? plain;
}

/** A key that is sent in a header. */
const plainKey = /^[\x21-\x7e]+$/;

/**
 * Checks what a channel sets for its kind.
 * @throws HalleyError('invalid_value') with the problem and what to do
 */
export function checkStyle(
  kind: string,
  baseUrl: string,
  fields: Pick<StyleFields, 'keys' | 'options' | 'settings'>,
): void {
  if (baseUrl === demoBaseUrl) return;
  const known = styled[kind];
  if (known) known.check({ ...fields, base: parseBaseUrl(baseUrl, fields.settings) });
  else if (!fields.keys.every((key) => plainKey.test(key))) {
    const message = 'A key of this kind of upstream must be visible ASCII without spaces.';
    throw new HalleyError('invalid_value', { message, param: 'keys' });
  }
}
