/** The demo's OpenAI moderation, by a few plain words. Pure. */
import { BadRequest, type Fields, isFields, textOf } from './fields.ts';
import { type DemoContext, type DemoReply, jsonReply } from './reply.ts';

/** [TO Moderation] Words by category; most categories are never found. */
const words: Readonly<Record<string, RegExp | undefined>> = {
  harassment: /\b(?:idiot|stupid)\b/i,
  'harassment/threatening': undefined,
  hate: /\bhate\b/i,
  'hate/threatening': undefined,
  illicit: /\b(?:steal|smuggle)\b/i,
  'illicit/violent': undefined,
  'self-harm': undefined,
  'self-harm/instructions': undefined,
  'self-harm/intent': undefined,
  sexual: undefined,
  'sexual/minors': undefined,
  violence: /\b(?:attack|kill|murder)\b/i,
  'violence/graphic': undefined,
};

const isPart = (value: unknown): value is Fields =>
  isFields(value) && (value.type === 'text' || value.type === 'image_url');

/** One result for each text; parts make one together. */
function inputsOf(input: unknown): readonly { readonly text: string; readonly types: readonly string[] }[] {
  if (typeof input === 'string') return [{ text: input, types: ['text'] }];
  if (Array.isArray(input) && input.length > 0) {
    if (input.every((item) => typeof item === 'string'))
      return input.map((text) => ({ text, types: ['text'] }));
    if (input.every(isPart)) {
      const types = input.map(({ type }) => (type === 'text' ? 'text' : 'image'));
      return [{ text: textOf(input), types: [...new Set(types)] }];
    }
  }
  throw new BadRequest(
    '"input" must be a text, a list of texts, or a list of parts of type text or image_url.',
  );
}

/** POST /v1/moderations (https://platform.openai.com/docs/api-reference/moderations). */
export function moderations(body: Fields, { id }: DemoContext): DemoReply {
  const results = inputsOf(body.input).map(({ text, types }) => {
    const found = Object.entries(words).map(([name, word]) => [name, word?.test(text) ?? false] as const);
    return {
      flagged: found.some(([, isFound]) => isFound),
      categories: Object.fromEntries(found),
      category_scores: Object.fromEntries(found.map(([name, isFound]) => [name, isFound ? 0.9 : 0.01])),
      category_applied_input_types: Object.fromEntries(found.map(([name]) => [name, types])),
    };
  });
  return jsonReply({ id: `modr-${id}`, model: body.model, results });
}
