/**
 * Builds requests for pictures: generations in JSON, edits as a form
 * (https://platform.openai.com/docs/api-reference/images). Pure.
 */

/** Pictures that one request may ask for. */
export const picturesMax = 10;
/** Sizes that are proposed; models have others. */
export const sizes = ['1024x1024', '1536x1024', '1024x1536'] as const;

export interface PictureOptions {
  readonly model: string;
  readonly prompt: string;
  readonly count: number;
  /** Undefined = the model decides: nothing is sent. */
  readonly size: string | undefined;
  readonly quality: string | undefined;
  readonly background: string | undefined;
  readonly outputFormat: string | undefined;
  /** 0 = a whole response, no stream. */
  readonly stages: number;
}

/** What an edit begins with. */
export interface PictureInputs {
  readonly pictures: readonly File[];
  /** A PNG as large as the first picture; what is transparent in it is drawn anew. Undefined = everything may change. */
  readonly mask: Blob | undefined;
}

export const generationsPath = '/v1/images/generations';
export const editsPath = '/v1/images/edits';

type Value = string | number | boolean;

/** The fields of a request by their names, without files; only what is chosen. */
export function pictureFields(options: PictureOptions): Readonly<Record<string, Value>> {
  const { model, prompt, count, size, quality, background, outputFormat, stages } = options;
  return {
    // First, so that a right that is missing is found before files have come.
    model,
    prompt,
    ...(count > 1 && { n: count }),
    ...(size !== undefined && { size }),
    ...(quality !== undefined && { quality }),
    ...(background !== undefined && { background }),
    ...(outputFormat !== undefined && { output_format: outputFormat }),
    ...(stages > 0 && { stream: true, partial_images: stages }),
  };
}

/** The name of the field for input pictures, as OpenAI's own clients write it. */
export const inputField = (count: number): string => (count > 1 ? 'image[]' : 'image');

export function pictureForm(options: PictureOptions, { pictures, mask }: PictureInputs): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(pictureFields(options))) form.append(name, String(value));
  for (const picture of pictures) form.append(inputField(pictures.length), picture);
  if (mask) form.append('mask', mask, 'mask.png');
  return form;
}

/** Models that stream stages of a picture, by their names. Others may refuse to stream, so they are not asked to. */
const streaming = /(?:^|\/)(?:chatgpt-image|gpt-image|demo-image)/;

/** How many stages are asked for where nobody has chosen. */
export const usualStages = (model: string): number => (streaming.test(model) ? 2 : 0);
