/** Usage reports of OpenAI's protocol, in its three kinds: chat completions and its kin, responses, images. Pure. */
import { serviceTierOf } from '../../domain/service-tier.ts';
import type { JsonObject } from '../protocol.ts';
import { chatToolCalls, responsesToolCalls } from './hosted-tools.ts';
import { addChatTexts, addResponseTexts } from './openai-texts.ts';
import { readerOf } from './reader-of.ts';
import { objectsOf } from './text-parts.ts';
import type { ToolCallShape } from './tool-calls.ts';
import {
  asObject,
  countOf,
  idOf,
  type PartialUsage,
  sumOf,
  type UsageShape,
  unlessZero,
} from './usage-shape.ts';

interface Names {
  readonly input: string;
  readonly output: string;
  readonly outputKey: string;
  readonly eventDepth: number;
  /** What the output is where no kinds are reported. */
  readonly outputIs: 'text' | 'images';
  readonly toolCalls?: ToolCallShape;
}

/** The kinds of counts have the same names in every object that reports them. */
function shape(
  { input, output, outputKey, eventDepth, outputIs, toolCalls }: Names,
  addTexts: UsageShape['addTexts'],
): UsageShape {
  return {
    needle: Buffer.from(`${input}"`),
    key: Buffer.from('"usage"'),
    eventDepth,
    cacheBesideInput: false,
    idKey: 'id',
    tierNeedle: Buffer.from('service_tier"'),
    toolCalls,
    outputKey: Buffer.from(`"${outputKey}"`),
    addTexts,
    read(body: JsonObject) {
      const response = asObject(body.response);
      const [choice] = objectsOf(body.choices);
      // Moonshot reports inside the choice.
      const usage = asObject(body.usage) ?? asObject(response?.usage) ?? asObject(choice?.usage);
      if (!usage) return undefined;
      const inputDetails = asObject(usage[`${input}_details`]);
      const outputDetails = asObject(usage[`${output}_details`]);
      const reasoningTokens = countOf(outputDetails?.reasoning_tokens);
      const outputTokens = outputOf(usage, { input, output }, reasoningTokens);
      return withImageTool(asObject((response ?? body).tool_usage), {
        id: idOf(response?.id ?? body.id) || undefined,
        tier: openaiTierOf(response?.service_tier ?? body.service_tier),
        inputTokens: inputOf(usage, input, outputTokens),
        // DeepSeek and Moonshot report cached tokens beside the total, under names of their own.
        cachedTokens:
          countOf(inputDetails?.cached_tokens) ??
          countOf(usage.prompt_cache_hit_tokens) ??
          countOf(usage.cached_tokens),
        cacheWriteTokens: countOf(inputDetails?.cache_write_tokens),
        longCacheWriteTokens: countOf(asObject(inputDetails?.cache_write_tokens_details)?.ttl_12h_tokens),
        audioInputTokens: countOf(inputDetails?.audio_tokens),
        imageInputTokens: countOf(inputDetails?.image_tokens),
        outputTokens,
        reasoningTokens,
        audioOutputTokens: countOf(outputDetails?.audio_tokens),
        imageOutputTokens:
          countOf(outputDetails?.image_tokens) ??
          (outputIs === 'images' && !outputDetails ? outputTokens : undefined),
      });
    },
  };
}

/** Adds the tokens of the tool that makes images, which Responses reports beside those of the model. */
function withImageTool(tools: JsonObject | undefined, usage: PartialUsage): PartialUsage {
  const tool = asObject(tools?.image_gen);
  const output = countOf(tool?.output_tokens);
  if (!tool || !output) return usage;
  const imagesIn = asObject(tool.input_tokens_details)?.image_tokens;
  const imagesOut = countOf(asObject(tool.output_tokens_details)?.image_tokens) ?? output;
  return {
    ...usage,
    inputTokens: sumOf(usage.inputTokens, tool.input_tokens),
    cachedTokens: sumOf(usage.cachedTokens, tool.cached_tokens),
    imageInputTokens: sumOf(usage.imageInputTokens, imagesIn),
    outputTokens: sumOf(usage.outputTokens, output),
    imageOutputTokens: sumOf(usage.imageOutputTokens, imagesOut),
  };
}

/** `fast` is another name of `priority`. */
function openaiTierOf(named: unknown): string | undefined {
  return named === 'fast' ? 'priority' : serviceTierOf(named);
}

/** Embeddings of some upstreams have the total alone. */
function inputOf(usage: JsonObject, name: string, outputTokens: number | undefined): number | undefined {
  const inputTokens = unlessZero(countOf(usage[name]));
  if (inputTokens !== undefined || outputTokens) return inputTokens;
  return unlessZero(countOf(usage.total_tokens));
}

/** Some upstreams (xAI) leave reasoning out of the output; the total shows which convention they follow. */
function outputOf(
  usage: JsonObject,
  { input, output }: Pick<Names, 'input' | 'output'>,
  reasoningTokens = 0,
): number | undefined {
  const outputTokens = countOf(usage[output]);
  if (outputTokens === undefined || reasoningTokens === 0) return outputTokens;
  const total = countOf(usage.total_tokens);
  const beside = (countOf(usage[input]) ?? 0) + outputTokens + reasoningTokens;
  return total === beside ? outputTokens + reasoningTokens : outputTokens;
}

/** Chat completions, completions, embeddings. */
export const chatUsageReader = readerOf(
  shape(
    {
      input: 'prompt_tokens',
      output: 'completion_tokens',
      outputKey: 'choices',
      eventDepth: 1,
      outputIs: 'text',
      toolCalls: chatToolCalls,
    },
    addChatTexts,
  ),
);

export const responsesUsageReader = readerOf(
  shape(
    {
      input: 'input_tokens',
      output: 'output_tokens',
      outputKey: 'output',
      eventDepth: 2,
      outputIs: 'text',
      toolCalls: responsesToolCalls,
    },
    addResponseTexts,
  ),
);

/** Image endpoints. `imagesUsageReader` reads them. */
export const imagesShape: UsageShape = shape(
  { input: 'input_tokens', output: 'output_tokens', outputKey: 'data', eventDepth: 1, outputIs: 'images' },
  () => {},
);
