/** The demo's OpenAI embeddings. Pure. */
import { embed, toBase64 } from './embedding.ts';
import { BadRequest, type Fields, wholeAt } from './fields.ts';
import { type DemoReply, jsonReply } from './reply.ts';
import { countTokens } from './tokens.ts';

const isTokens = (value: unknown): value is number[] =>
  Array.isArray(value) && value.length > 0 && value.every((token) => typeof token === 'number');

/** Accepts a text, texts, one list of tokens or several. */
function inputsOf(input: unknown): readonly (string | readonly number[])[] {
  if (typeof input === 'string') return [input];
  if (isTokens(input)) return [input];
  if (Array.isArray(input) && input.length > 0 && input.length <= 2048) {
    if (input.every((item) => typeof item === 'string' || isTokens(item))) return input;
  }
  throw new BadRequest('"input" must be a text, a list of tokens, or up to 2048 of either.');
}

/** POST /v1/embeddings (https://platform.openai.com/docs/api-reference/embeddings). */
export function embeddings(body: Fields): DemoReply {
  const inputs = inputsOf(body.input);
  const dimensions = wholeAt(body, 'dimensions', 1, 4096) ?? 256;
  const data = inputs.map((input, index) => {
    const vector = embed(typeof input === 'string' ? input : input.join(' '), dimensions);
    const embedding = body.encoding_format === 'base64' ? toBase64(vector) : [...vector];
    return { object: 'embedding', index, embedding };
  });
  const tokens = inputs.reduce<number>(
    (sum, input) => sum + (typeof input === 'string' ? countTokens(input) : input.length),
    0,
  );
  const usage = { prompt_tokens: tokens, total_tokens: tokens };
  return jsonReply({ object: 'list', data, model: body.model, usage });
}
