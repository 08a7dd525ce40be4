/** The directions of the matrix: each client over its own protocol, and over those that its operation is translated to. */
import { type OperationName, operations } from '../../../src/operations/registry.ts';
import { translations } from '../../../src/operations/translations.ts';
import type { FormName } from '../../../src/protocols/translate/form/request.ts';

export interface Direction {
  readonly client: FormName;
  readonly upstream: FormName;
}

/** The operations that generate, whose whole responses and streams one client asks for. */
const forms: Partial<Record<OperationName, FormName>> = {
  'chat.completions': 'chat',
  responses: 'responses',
  messages: 'messages',
  generateContent: 'gemini',
};

/** The operation that counts tokens for a client, where there is one. */
const counting: Readonly<Record<FormName, string | undefined>> = {
  chat: undefined,
  responses: 'responses.input_tokens',
  messages: 'messages.count_tokens',
  gemini: 'countTokens',
};

const own = Object.values(forms).map((form): Direction => ({ client: form, upstream: form }));
const translated = translations.flatMap(({ from, to }): Direction[] => {
  const [client, upstream] = [forms[from], forms[to]];
  return client && upstream ? [{ client, upstream }] : [];
});

export const directions: readonly Direction[] = [...own, ...translated];

export const isTranslated = ({ client, upstream }: Direction): boolean => client !== upstream;

export function countsTokens(direction: Direction): boolean {
  const operation = counting[direction.client];
  if (operation === undefined || !Object.hasOwn(operations, operation)) return false;
  return !isTranslated(direction) || translations.some(({ from }) => from === operation);
}
