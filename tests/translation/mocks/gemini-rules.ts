/** What Gemini's generateContent refuses of a request, apart from its contents. */
import { hasOnly, isAbsent, isLike, isObject, type Json, list, object } from './json.ts';
import type { Rule } from './rule.ts';

/** Gemini 3 and later: levels of thinking, and signatures on the calls of the current turn. */
export const isThird = (model: string): boolean => model.startsWith('gemini-3');
const thinks = (model: string): boolean => /^gemini-(?:2\.5|3)/.test(model);

const fields =
  'contents systemInstruction tools toolConfig generationConfig safetySettings serviceTier labels cachedContent store';
const configFields =
  'audioTimestamp candidateCount enableAffectiveDialog frequencyPenalty logprobs maxOutputTokens mediaResolution ' +
  'presencePenalty responseFormat responseJsonSchema responseLogprobs responseMimeType responseModalities responseSchema ' +
  'routingConfig seed speechConfig stopSequences temperature thinkingConfig topK topP';
const schemaFields =
  'anyOf default description enum example format items maxItems maxLength maxProperties maximum minItems minLength ' +
  'minProperties minimum nullable pattern properties propertyOrdering required title type';

export const configOf = (body: Json): Json => object(body.generationConfig);
export const declarationsOf = (body: Json): readonly Json[] =>
  list(body.tools).flatMap(({ functionDeclarations }) => list(functionDeclarations));

/** The OpenAPI subset: one unknown keyword fails the whole request. */
function isOpenApiSchema(schema: unknown): boolean {
  if (isAbsent(schema)) return true;
  if (!isObject(schema) || !hasOnly(schema, schemaFields)) return false;
  const inner = [schema.items, ...list(schema.anyOf), ...Object.values(object(schema.properties))];
  const isEnum =
    isAbsent(schema.enum) || (schema.enum as unknown[]).every((each) => typeof each === 'string');
  return isEnum && inner.every(isOpenApiSchema);
}

function isCallingConfig(body: Json): boolean {
  const config = object(object(body.toolConfig).functionCallingConfig);
  if (Object.keys(config).length === 0) return true;
  const { mode, allowedFunctionNames } = config;
  const allowed = Array.isArray(allowedFunctionNames) ? allowedFunctionNames : [];
  const names = declarationsOf(body).map(({ name }) => name);
  return (
    names.length > 0 &&
    ['AUTO', 'ANY', 'NONE', 'VALIDATED'].includes(String(mode)) &&
    (allowed.length === 0 || mode === 'ANY' || mode === 'VALIDATED') &&
    allowed.every((name) => names.includes(name))
  );
}

function isThinkingConfig(body: Json, model: string): boolean {
  const { thinkingConfig } = configOf(body);
  if (isAbsent(thinkingConfig)) return true;
  const { thinkingBudget, thinkingLevel } = object(thinkingConfig);
  const levels = isThird(model) ? ['LOW', 'HIGH'] : [];
  return (
    thinks(model) &&
    hasOnly(object(thinkingConfig), 'includeThoughts thinkingBudget thinkingLevel') &&
    (isAbsent(thinkingLevel) || (isAbsent(thinkingBudget) && levels.includes(String(thinkingLevel))))
  );
}

const declaring = (members: object) => ({ tools: [{ functionDeclarations: [{ name: 'f', ...members }] }] });
const configuring = (generationConfig: object) => ({ generationConfig });

export const geminiRules: readonly Rule[] = [
  {
    says: 'Invalid JSON payload received. Unknown name: Cannot find field.',
    source: '[TG] GenerateContentParameters; facts 15',
    holds: ({ body }) => hasOnly(body, fields),
    broken: { stream: true },
  },
  {
    says: 'Invalid JSON payload received. Unknown name at generation_config: Cannot find field.',
    source: '[TG] GenerationConfig',
    holds: ({ body }) => hasOnly(configOf(body), configFields),
    broken: configuring({ maxTokens: 9 }),
  },
  {
    says: 'GenerateContentRequest.generation_config.stop_sequences: at most 5, none empty',
    source: '[TG] GenerationConfig.stopSequences; facts 8',
    holds: ({ body }) => {
      const { stopSequences: stops } = configOf(body);
      return isAbsent(stops) || (Array.isArray(stops) && stops.length <= 5 && !stops.includes(''));
    },
    broken: configuring({ stopSequences: [''] }),
  },
  {
    says: 'GenerateContentRequest.tools.function_declarations: unknown name',
    source: '[TG] FunctionDeclaration',
    holds: ({ body }) =>
      list(body.tools).every((tool) => hasOnly(tool, 'functionDeclarations')) &&
      declarationsOf(body).every((each) =>
        hasOnly(
          each,
          'behavior description name parameters parametersJsonSchema response responseJsonSchema',
        ),
      ),
    broken: declaring({ strict: true }),
  },
  {
    says: 'function_declarations.name: must start with a letter or an underscore, at most 128',
    source: '[TG] FunctionDeclaration.name; facts 3.2',
    holds: ({ body }) => declarationsOf(body).every(({ name }) => isLike(name, /^[a-zA-Z_][\w.:-]{0,127}$/)),
    broken: declaring({ name: '1st' }),
  },
  {
    says: 'function_declarations.parameters: unknown name: Cannot find field.',
    source: '[TG] Schema; facts 7 (pizza-bot#62, nakama#292)',
    holds: ({ body }) => declarationsOf(body).every(({ parameters }) => isOpenApiSchema(parameters)),
    broken: declaring({ parameters: { type: 'OBJECT', additionalProperties: false } }),
  },
  {
    says: 'function_declarations: parameters and parameters_json_schema exclude each other',
    source: '[TG] FunctionDeclaration.parametersJsonSchema',
    holds: ({ body }) =>
      declarationsOf(body).every((each) => isAbsent(each.parameters) || isAbsent(each.parametersJsonSchema)),
    broken: declaring({ parameters: { type: 'OBJECT' }, parametersJsonSchema: { type: 'object' } }),
  },
  {
    says: 'tool_config.function_calling_config: without tools, unknown, or names where none may be',
    source: '[TG] FunctionCallingConfig, FunctionCallingConfigMode; facts 3.3',
    holds: ({ body }) => isCallingConfig(body),
    broken: { toolConfig: { functionCallingConfig: { mode: 'AUTO', allowedFunctionNames: ['f'] } } },
  },
  {
    says: 'generation_config.thinking_config: not supported by this model, or unknown',
    source: '[TG] GenerationConfig.thinkingConfig; facts 5.1',
    holds: ({ body, model }) => isThinkingConfig(body, model),
    broken: configuring({ thinkingConfig: { thinkingBudget: 1024, thinkingLevel: 'LOW' } }),
  },
  {
    says: 'generation_config.response_schema: unknown keywords, beside a JSON schema, or without its media type',
    source: '[TG] GenerationConfig.responseSchema and responseJsonSchema; facts 7',
    holds: ({ body }) => {
      const { responseSchema, responseJsonSchema, responseMimeType } = configOf(body);
      const has = [responseSchema, responseJsonSchema].filter((schema) => !isAbsent(schema)).length;
      return (
        isOpenApiSchema(responseSchema) &&
        (has === 0 || (has === 1 && responseMimeType === 'application/json'))
      );
    },
    broken: configuring({ responseJsonSchema: { type: 'object' } }),
  },
];
