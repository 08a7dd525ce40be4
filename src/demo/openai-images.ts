/** The demo's OpenAI images: generations and edits, whole and streamed. Pure. */
import { hash } from 'node:crypto';
import { paceOf } from './completion.ts';
import { BadRequest, type Fields, isFields, textOf, wholeAt } from './fields.ts';
import { filesAt } from './form.ts';
import { partialTokens, pictureOf, pictureTokens, pngSize } from './picture.ts';
import { type DemoContext, type DemoReply, jsonReply, sseReply } from './reply.ts';
import { countTokens } from './tokens.ts';

/** What is drawn from: a prompt, and the pictures that came with it. */
interface Subject {
  readonly event: 'image_generation' | 'image_edit';
  readonly images: readonly string[];
}

/** POST /v1/images/generations (https://platform.openai.com/docs/api-reference/images/create), in base64. */
export function imageGenerations(body: Fields, context: DemoContext): DemoReply {
  return imagesFor(body, { event: 'image_generation', images: [] }, context);
}

/** POST /v1/images/edits (https://platform.openai.com/docs/api-reference/images/createEdit), as a form or JSON. */
export function imageEdits(body: Fields, context: DemoContext): DemoReply {
  const files = filesAt(body, 'image').map(({ bytes }) => bytes);
  const [first] = files;
  const [mask] = filesAt(body, 'mask').map(({ bytes }) => bytes);
  const images = first ? files.map((bytes) => hash('sha256', bytes)) : referencesIn(body);
  if (images.length === 0) throw new BadRequest('"image" must be a file, or "images" a list of links.');
  if (first && mask) checkMask(first, mask);
  const masks = mask ? [hash('sha256', mask)] : [];
  return imagesFor(body, { event: 'image_edit', images: [...images, ...masks] }, context);
}

/** Links and data URLs of an edit in JSON. */
function referencesIn({ images, image }: Fields): readonly string[] {
  return [images, image].flat().flatMap((reference) => {
    const url = isFields(reference) ? reference.image_url : reference;
    return typeof url === 'string' ? url : [];
  });
}

/** @throws BadRequest unless the mask is a PNG with an alpha channel, as large as the image */
function checkMask(image: Buffer, mask: Buffer): void {
  const [of, own] = [pngSize(image), pngSize(mask)];
  if (!own?.hasAlpha) throw new BadRequest('"mask" must be a PNG with an alpha channel.');
  if (of && (of.width !== own.width || of.height !== own.height)) {
    throw new BadRequest('"mask" must be as large as the image.');
  }
}

/** A whole number that JSON has as such and a form as text. */
function countAt(body: Fields, name: string, least: number, most: number): number | undefined {
  const value = body[name];
  const isText = typeof value === 'string' && /^\d+$/.test(value);
  return wholeAt(isText ? { [name]: Number(value) } : body, name, least, most);
}

function imagesFor(body: Fields, subject: Subject, context: DemoContext): DemoReply {
  const prompt = textOf(body.prompt);
  if (prompt === '') throw new BadRequest('"prompt" must be a text.');
  const copies = countAt(body, 'n', 1, 10) ?? 1;
  const partials = countAt(body, 'partial_images', 0, 3) ?? 0;
  const seeds = Array.from({ length: copies }, (_, index) => [index, prompt, ...subject.images].join(' '));
  const head = { background: 'opaque', output_format: 'png', quality: 'low', size: '64x64' };
  if (body.stream === true || body.stream === 'true') {
    const usage = usageOf(prompt, subject, pictureTokens + partials * partialTokens);
    const parts = () => eventsOf(subject, seeds, partials, { ...head, created_at: context.now }, usage);
    return sseReply(parts(), paceOf(body, context.chunkMs).chunkMs);
  }
  const usage = usageOf(prompt, subject, pictureTokens * copies);
  return jsonReply({
    created: context.now,
    ...head,
    data: seeds.map((seed) => ({ b64_json: pictureOf(seed) })),
    usage: {
      ...usage,
      output_tokens_details: { text_tokens: 0, image_tokens: usage.output_tokens },
    },
  });
}

function usageOf(prompt: string, { images }: Subject, output_tokens: number) {
  const image_tokens = images.length * pictureTokens;
  const text_tokens = countTokens(prompt);
  return {
    input_tokens: text_tokens + image_tokens,
    input_tokens_details: { text_tokens, image_tokens },
    output_tokens,
    total_tokens: text_tokens + image_tokens + output_tokens,
  };
}

/** Each picture after its stages, which show more and more of its rows. */
function* eventsOf(
  { event }: Subject,
  seeds: readonly string[],
  partials: number,
  head: Fields,
  usage: Fields,
): Generator<string> {
  const line = (name: string, fields: Fields) => {
    const type = `${event}.${name}`;
    return `event: ${type}\ndata: ${JSON.stringify({ type, ...head, ...fields })}\n\n`;
  };
  for (const seed of seeds) {
    for (let index = 0; index < partials; index++) {
      const b64_json = pictureOf(seed, (index + 1) / (partials + 1));
      yield line('partial_image', { b64_json, partial_image_index: index });
    }
    yield line('completed', { b64_json: pictureOf(seed), usage });
  }
}
