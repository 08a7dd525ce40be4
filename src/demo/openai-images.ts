/** The demo's OpenAI image generations. Pure. */
import { BadRequest, type Fields, textOf, wholeAt } from './fields.ts';
import { pictureOf, pictureTokens } from './picture.ts';
import { type DemoContext, type DemoReply, jsonReply } from './reply.ts';
import { countTokens } from './tokens.ts';

/** POST /v1/images/generations (https://platform.openai.com/docs/api-reference/images/create), in base64 and whole. */
export function imageGenerations(body: Fields, context: DemoContext): DemoReply {
  const prompt = textOf(body.prompt);
  if (prompt === '') throw new BadRequest('"prompt" must be a text.');
  if (body.stream === true) throw new BadRequest('"stream": the demo sends images whole.');
  const copies = wholeAt(body, 'n', 1, 10) ?? 1;
  const text_tokens = countTokens(prompt);
  const output_tokens = pictureTokens * copies;
  return jsonReply({
    created: context.now,
    background: 'opaque',
    output_format: 'png',
    quality: 'low',
    size: '64x64',
    data: Array.from({ length: copies }, (_, index) => ({ b64_json: pictureOf(`${index} ${prompt}`) })),
    usage: {
      input_tokens: text_tokens,
      input_tokens_details: { text_tokens, image_tokens: 0 },
      output_tokens,
      output_tokens_details: { text_tokens: 0, image_tokens: output_tokens },
      total_tokens: text_tokens + output_tokens,
    },
  });
}
