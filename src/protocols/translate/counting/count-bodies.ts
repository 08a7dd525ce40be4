/** How each protocol writes a count of input tokens. Pure. */
import type { JsonObject } from '../../protocol.ts';

/** @param inputTokens at least 0 */
export type CountBody = (inputTokens: number) => JsonObject;

/** [TA MessageTokensCount] */
export const messagesCount: CountBody = (inputTokens) => ({ input_tokens: inputTokens });

/** [TO InputTokenCountResponse] */
export const responsesCount: CountBody = (inputTokens) => ({
  object: 'response.input_tokens',
  input_tokens: inputTokens,
});

/** [TG CountTokensResponse] */
export const geminiCount: CountBody = (inputTokens) => ({ totalTokens: inputTokens });
