/** Mocks of the providers' endpoints that count tokens, which take no field of a request for a response alone. */
import { hasOnly, type Json, list } from './json.ts';
import { Refused } from './rule.ts';

function must(holds: boolean, says: string): void {
  if (!holds) throw new Refused(says);
}

/** A token a character of everything that the model would read, so that a lost part shows in the count. */
const count = (...values: readonly unknown[]): number =>
  values.reduce<number>((sum, value) => sum + textIn(value).length, 0);

/** The texts and names in a value, in any protocol's words. */
function textIn(value: unknown): string {
  if (Array.isArray(value)) return value.map(textIn).join('');
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return '';
  const { text, content, parts, functionDeclarations, function: called, name } = value as Json;
  return [text, content, parts, functionDeclarations, called, name].map(textIn).join('');
}

/** [TA MessageCountTokensParams] */
export function countMessages(body: Json): object {
  must(hasOnly(body, 'model messages system tools tool_choice thinking output_config'), 'unknown field');
  must(list(body.messages)[0]?.role === 'user', 'the first message must be from the user');
  return { input_tokens: count(body.system, body.messages, body.tools) };
}

/** [TO InputTokenCountParams] */
export function countResponses(body: Json): object {
  const fields =
    'model input instructions tools tool_choice parallel_tool_calls text reasoning conversation previous_response_id truncation';
  must(hasOnly(body, fields), 'unknown field');
  return {
    object: 'response.input_tokens',
    input_tokens: count(body.instructions, body.input, body.tools),
  };
}

/** https://ai.google.dev/api/tokens: `contents` alone, or a whole request that names its model. */
export function countGemini(body: Json): object {
  must(hasOnly(body, 'contents generateContentRequest'), 'unknown field');
  const request = body.generateContentRequest as Json | undefined;
  must(!request || String(request.model).startsWith('models/'), 'generateContentRequest.model');
  const { contents, systemInstruction, tools } = request ?? body;
  must(list(contents).length > 0, 'contents is not specified');
  return { totalTokens: count(systemInstruction, contents, tools) };
}
