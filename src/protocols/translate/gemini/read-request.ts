/** Reads a Gemini client's request. Pure. Names are those of @google/genai's types. */
import type { JsonObject } from '../../protocol.ts';
import type { FunctionTool, OutputFormat, RequestForm, ToolChoice } from '../form/request.ts';
import { isPlainObject, malformed } from '../json.ts';
import type { Losses } from '../losses.ts';
import { fromOpenApiSchema } from './openapi-schema.ts';
import { readContents, readSystem } from './read-contents.ts';
import {
  booleanMember,
  member,
  numberMember,
  objectMember,
  objectsMember,
  textMember,
  textsMember,
} from './spelling.ts';
import { readThinking } from './thinking.ts';

export function readRequest(body: JsonObject, losses: Losses): RequestForm {
  const config = objectMember(body, 'generationConfig', '');
  const number = (name: string) => numberMember(config, name, configPath);
  return {
    turns: [...readSystem(body), ...readContents(body, losses)],
    tools: readTools(body),
    toolChoice: readToolChoice(body, losses),
    parallelToolCalls: undefined,
    output: readOutput(config),
    reasoning: readThinking(config),
    stream: booleanMember(body, 'stream', '') === true,
    maxOutputTokens: number('maxOutputTokens'),
    temperature: number('temperature'),
    topP: number('topP'),
    topK: number('topK'),
    stop: textsMember(config, 'stopSequences', configPath),
    choices: readChoices(config),
    seed: number('seed'),
    presencePenalty: number('presencePenalty'),
    frequencyPenalty: number('frequencyPenalty'),
    logprobs: booleanMember(config, 'responseLogprobs', configPath),
    topLogprobs: number('logprobs'),
    verbosity: undefined,
    serviceTier: readServiceTier(body),
    endUser: undefined,
    metadata: objectMember(body, 'labels', ''),
    cacheKey: undefined,
  };
}

const configPath = 'generationConfig.';

function readChoices(config: JsonObject | undefined): number {
  const count = numberMember(config, 'candidateCount', configPath) ?? 1;
  if (Number.isInteger(count) && count >= 1) return count;
  throw malformed(`${configPath}candidateCount`, 'a whole number above 0');
}

function readTools(body: JsonObject): readonly FunctionTool[] {
  return objectsMember(body, 'tools', '').flatMap((tool) =>
    objectsMember(tool, 'functionDeclarations', 'tools[].').map(readDeclaration),
  );
}

function readDeclaration(declaration: JsonObject): FunctionTool {
  const path = 'tools[].functionDeclarations[].';
  const name = textMember(declaration, 'name', path);
  if (!name) throw malformed(`${path}name`, 'the name of a function');
  const openApi = objectMember(declaration, 'parameters', path);
  return {
    name,
    description: textMember(declaration, 'description', path),
    parameters:
      objectMember(declaration, 'parametersJsonSchema', path) ?? (openApi && fromOpenApiSchema(openApi)),
    strict: undefined,
  };
}

function readToolChoice(body: JsonObject, losses: Losses): ToolChoice | undefined {
  const path = 'toolConfig.functionCallingConfig.';
  const config = objectMember(objectMember(body, 'toolConfig', ''), 'functionCallingConfig', 'toolConfig.');
  const names = textsMember(config, 'allowedFunctionNames', path);
  const [name] = names;
  switch ((textMember(config, 'mode', path) ?? 'MODE_UNSPECIFIED').toUpperCase()) {
    case 'AUTO':
      return { kind: 'auto' };
    case 'NONE':
      return { kind: 'none' };
    case 'ANY':
      if (name === undefined) return { kind: 'required' };
      return names.length === 1 ? { kind: 'tool', name } : { kind: 'allowed', mode: 'required', names };
    case 'VALIDATED':
      if (names.length > 0) return { kind: 'allowed', mode: 'auto', names };
      // Nobody else holds arguments to their schema for all tools at once.
      losses.drop(`${path}mode`);
      return { kind: 'auto' };
    case 'MODE_UNSPECIFIED':
      return undefined;
    default:
      throw malformed(`${path}mode`, 'AUTO, ANY, NONE or VALIDATED');
  }
}

function readOutput(config: JsonObject | undefined): OutputFormat | undefined {
  const [format] = objectsMember(config, 'responseFormat', configPath);
  const text = objectMember(format, 'text', `${configPath}responseFormat[].`);
  if (text) {
    const schema = schemaIn(text, 'schema', `${configPath}responseFormat[].text.`);
    return outputOf(textMember(text, 'mimeType', `${configPath}responseFormat[].text.`), schema);
  }
  const openApi = schemaIn(config, 'responseSchema', configPath);
  const schema =
    schemaIn(config, 'responseJsonSchema', configPath) ?? (openApi && fromOpenApiSchema(openApi));
  return outputOf(textMember(config, 'responseMimeType', configPath), schema);
}

function schemaIn(object: JsonObject | undefined, name: string, path: string): JsonObject | undefined {
  const schema = member(object, name);
  if (schema === undefined || isPlainObject(schema)) return schema;
  throw malformed(`${path}${name}`, 'a schema');
}

/** The media type is a word of its own in `responseFormat` [TextResponseFormat]. */
function outputOf(mimeType: string | undefined, schema: JsonObject | undefined): OutputFormat | undefined {
  if (schema) return { kind: 'schema', name: undefined, description: undefined, schema, strict: undefined };
  const type = (mimeType ?? '').toLowerCase().replace('_', '/');
  if (type === '') return undefined;
  if (type === 'application/json') return { kind: 'json' };
  if (type === 'text/plain') return { kind: 'text' };
  throw malformed(`${configPath}responseMimeType`, 'text/plain or application/json');
}

/** In OpenAI's words. */
function readServiceTier(body: JsonObject): string | undefined {
  const tier = textMember(body, 'serviceTier', '')?.toLowerCase();
  if (tier === 'standard') return 'default';
  return tier === 'unspecified' ? undefined : tier;
}
