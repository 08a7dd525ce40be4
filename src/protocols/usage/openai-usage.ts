/** Usage reports of OpenAI's protocol, in its three kinds: chat completions and its kin, responses, images. Pure. */
import type { JsonObject } from '../protocol.ts';
import { ImageCounter } from './image-counter.ts';
import { addChatTexts, addResponseTexts } from './openai-texts.ts';
import { readerOf } from './reader-of.ts';
import type { UsageReaderFactory } from './usage-reader.ts';
import { asObject, countOf, idOf, type UsageShape, unlessZero } from './usage-shape.ts';

interface Names {
  readonly input: string;
  readonly output: string;
  readonly outputKey: string;
  readonly eventDepth: number;
}

/** The kinds of counts have the same names in every object that reports them. */
function shape(
  { input, output, outputKey, eventDepth }: Names,
  addTexts: UsageShape['addTexts'],
): UsageShape {
  return {
    needle: Buffer.from(`${input}"`),
    key: Buffer.from('"usage"'),
    eventDepth,
    cacheBesideInput: false,
    idKey: 'id',
    outputKey: Buffer.from(`"${outputKey}"`),
    addTexts,
    read(body: JsonObject) {
      const response = asObject(body.response);
      const usage = asObject(body.usage) ?? asObject(response?.usage);
      if (!usage) return undefined;
      const inputDetails = asObject(usage[`${input}_details`]);
      const outputDetails = asObject(usage[`${output}_details`]);
      return {
        id: idOf(response?.id ?? body.id) || undefined,
        inputTokens: unlessZero(countOf(usage[input])),
        cachedTokens: countOf(inputDetails?.cached_tokens),
        audioInputTokens: countOf(inputDetails?.audio_tokens),
        imageInputTokens: countOf(inputDetails?.image_tokens),
        outputTokens: countOf(usage[output]),
        reasoningTokens: countOf(outputDetails?.reasoning_tokens),
        audioOutputTokens: countOf(outputDetails?.audio_tokens),
        imageOutputTokens: countOf(outputDetails?.image_tokens),
      };
    },
  };
}

/** Chat completions, completions, embeddings. */
export const chatUsageReader = readerOf(
  shape(
    { input: 'prompt_tokens', output: 'completion_tokens', outputKey: 'choices', eventDepth: 1 },
    addChatTexts,
  ),
);

export const responsesUsageReader = readerOf(
  shape(
    { input: 'input_tokens', output: 'output_tokens', outputKey: 'output', eventDepth: 2 },
    addResponseTexts,
  ),
);

const readImages = readerOf(
  shape({ input: 'input_tokens', output: 'output_tokens', outputKey: 'data', eventDepth: 1 }, () => {}),
);

/** Also counts the images. */
export const imagesUsageReader: UsageReaderFactory = (form) => new ImageCounter(readImages(form));
