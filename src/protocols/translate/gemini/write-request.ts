/** Writes a request for a Gemini upstream. The path, and not the body, names the model and asks for a stream. Pure. */
import type { JsonObject } from '../../protocol.ts';
import type { FunctionTool, OutputFormat, Part, RequestForm, ToolChoice } from '../form/request.ts';
import { defined } from '../json.ts';
import type { Losses } from '../losses.ts';
import { mediaResolutionOf } from './media.ts';
import { familyOf } from './models.ts';
import { toOpenApiSchema } from './schema.ts';
import { writeThinking } from './thinking.ts';
import { writeContents } from './write-contents.ts';

/** How schemas are written: as they are, or in Google's OpenAPI subset, for Vertex and older models. */
export type SchemaStyle = 'json-schema' | 'openapi';

/** @param model the upstream's name of it */
export function writeRequest(
  request: RequestForm,
  model: string,
  schemas: SchemaStyle,
  losses: Losses,
): JsonObject {
  checkPlaces(request, losses);
  const family = familyOf(model);
  const { systemInstruction, contents } = writeContents(request.turns, family, losses);
  const tools = request.tools.map((tool) => writeTool(tool, schemas, losses));
  const generationConfig = defined({
    maxOutputTokens: request.maxOutputTokens,
    temperature: request.temperature,
    topP: request.topP,
    topK: request.topK,
    stopSequences: request.stop.length > 0 ? request.stop : undefined,
    ...writeChoices(request, losses),
    seed: request.seed,
    presencePenalty: request.presencePenalty,
    frequencyPenalty: request.frequencyPenalty,
    ...writeOutput(request.output, schemas, losses),
    thinkingConfig: writeThinking(request.reasoning, family.thinking, losses),
    mediaResolution: mediaResolutionOf(request.turns.flatMap(({ parts }) => parts.flatMap(mediaIn))),
  });
  return defined({
    systemInstruction,
    contents,
    tools: tools.length > 0 ? [{ functionDeclarations: tools }] : undefined,
    // Without tools it is refused.
    toolConfig: tools.length > 0 ? writeToolChoice(request.toolChoice) : undefined,
    generationConfig: Object.keys(generationConfig).length > 0 ? generationConfig : undefined,
    serviceTier: writeServiceTier(request.serviceTier, losses),
  });
}

function checkPlaces(request: RequestForm, losses: Losses): void {
  const { maxOutputTokens } = request;
  if (request.parallelToolCalls === false) losses.drop('parallel_tool_calls');
  // Anthropic's clients warm the cache so, without output.
  if (maxOutputTokens === 0) throw losses.impossible('max_tokens', 'It must be above 0.');
}

/** A stream has one candidate only (facts, section 15); the likeliest tokens come only beside those that were chosen. */
function writeChoices({ choices, stream, logprobs, topLogprobs }: RequestForm, losses: Losses) {
  if (choices > 1 && stream) losses.refuse('n', 'Ask for one choice, or without a stream.');
  return {
    candidateCount: choices > 1 && !stream ? choices : undefined,
    responseLogprobs: logprobs || (topLogprobs ? true : undefined),
    logprobs: topLogprobs || undefined,
  };
}

function mediaIn(part: Part) {
  if (part.kind === 'tool-result') return part.parts.filter((inner) => inner.kind !== 'text');
  return part.kind === 'image' ? [part] : [];
}

function writeTool(tool: FunctionTool, schemas: SchemaStyle, losses: Losses): JsonObject {
  if (tool.strict) losses.drop('strict');
  const { name, description, parameters } = tool;
  if (schemas === 'json-schema') return defined({ name, description, parametersJsonSchema: parameters });
  const converted = parameters && toOpenApiSchema(parameters, losses);
  // An object without properties is refused there; none at all means the same.
  const isEmpty = converted?.type === 'OBJECT' && converted.properties === undefined;
  return defined({ name, description, parameters: isEmpty ? undefined : converted });
}

function writeToolChoice(choice: ToolChoice | undefined): JsonObject | undefined {
  if (!choice) return undefined;
  const config = (mode: string, names: readonly string[] = []) => ({
    functionCallingConfig: {
      mode,
      ...(names.length > 0 && { allowedFunctionNames: names }),
    },
  });
  switch (choice.kind) {
    case 'auto':
      return config('AUTO');
    case 'none':
      return config('NONE');
    case 'required':
      return config('ANY');
    case 'tool':
      return config('ANY', [choice.name]);
    case 'allowed':
      // AUTO takes no names [FunctionCallingConfigMode].
      return config(choice.mode === 'auto' ? 'VALIDATED' : 'ANY', choice.names);
  }
}

function writeOutput(output: OutputFormat | undefined, schemas: SchemaStyle, losses: Losses): JsonObject {
  if (!output) return {};
  if (output.kind === 'text') return { responseMimeType: 'text/plain' };
  const responseMimeType = 'application/json';
  if (output.kind === 'json') return { responseMimeType };
  return schemas === 'json-schema'
    ? { responseMimeType, responseJsonSchema: output.schema }
    : { responseMimeType, responseSchema: toOpenApiSchema(output.schema, losses) };
}

const tiers: ReadonlyMap<string, string> = new Map([
  ['default', 'standard'],
  ['standard', 'standard'],
  ['standard_only', 'standard'],
  ['flex', 'flex'],
  ['priority', 'priority'],
  ['fast', 'priority'],
]);

function writeServiceTier(tier: string | undefined, losses: Losses): string | undefined {
  if (tier === undefined || tier === 'auto') return undefined;
  const written = tiers.get(tier);
  if (written === undefined) losses.drop('service_tier');
  return written;
}
