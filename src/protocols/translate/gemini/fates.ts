/** What happens to each field of a Gemini client's request (facts, section 15; types of @google/genai). Pure data. */
import type { FateTable, FieldFate } from '../fates.ts';
import { snakeCase } from './spelling.ts';

const droppedByMessages = { chat: 'mapped', responses: 'mapped', messages: 'dropped' } as const;
const onlyChat = { chat: 'mapped', responses: 'dropped', messages: 'dropped' } as const;
const notMessages = { chat: 'mapped', responses: 'mapped' } as const;
const toOne = { chat: 'free', responses: 'free', messages: 'dropped' } as const;
const unlessFalse = (fate: 'dropped' | 'refused'): FieldFate => ({ unless: [false], fate });

/** Members of a part with media, in `contents` and in the result of a function. */
function mediaFates(path: string): Record<string, FieldFate> {
  return {
    [`${path}.inlineData`]: 'mapped',
    [`${path}.inlineData.data`]: 'mapped',
    [`${path}.inlineData.mimeType`]: 'mapped',
    [`${path}.inlineData.displayName`]: 'mapped',
    [`${path}.fileData`]: 'mapped',
    [`${path}.fileData.fileUri`]: 'mapped',
    [`${path}.fileData.mimeType`]: 'mapped',
    [`${path}.fileData.displayName`]: 'mapped',
    [`${path}.mediaProcessing`]: 'dropped',
  };
}

const part = 'contents[].parts[]';

/** Left out, and so refused: server-side tools and their results, which no other provider has. */
const contentFates: Record<string, FieldFate> = {
  contents: 'mapped',
  'contents[]': 'mapped',
  'contents[].role': 'mapped',
  'contents[].parts': 'mapped',
  [part]: 'mapped',
  [`${part}.text`]: 'mapped',
  [`${part}.thought`]: 'mapped',
  [`${part}.thoughtSignature`]: 'mapped',
  [`${part}.functionCall`]: 'mapped',
  [`${part}.functionCall.id`]: 'mapped',
  [`${part}.functionCall.name`]: 'mapped',
  [`${part}.functionCall.args`]: 'free',
  [`${part}.functionCall.partialArgs`]: 'refused',
  [`${part}.functionCall.willContinue`]: unlessFalse('refused'),
  [`${part}.functionResponse`]: 'mapped',
  [`${part}.functionResponse.id`]: 'mapped',
  [`${part}.functionResponse.name`]: 'mapped',
  [`${part}.functionResponse.response`]: 'free',
  [`${part}.functionResponse.parts`]: 'mapped',
  [`${part}.functionResponse.parts[]`]: 'mapped',
  [`${part}.functionResponse.scheduling`]: 'dropped',
  [`${part}.functionResponse.willContinue`]: unlessFalse('refused'),
  ...mediaFates(part),
  ...mediaFates(`${part}.functionResponse.parts[]`),
  [`${part}.mediaResolution`]: 'dropped',
  [`${part}.videoMetadata`]: 'dropped',
  [`${part}.partMetadata`]: 'ignored',
  [`${part}.speechMetadata`]: 'dropped',
  [`${part}.audioTranscription`]: 'dropped',
  [`${part}.executableCode`]: 'refused',
  [`${part}.codeExecutionResult`]: 'refused',
  [`${part}.toolCall`]: 'refused',
  [`${part}.toolResponse`]: 'refused',
  systemInstruction: 'mapped',
  'systemInstruction.role': 'ignored',
  'systemInstruction.parts': 'mapped',
  'systemInstruction.parts[]': 'mapped',
  'systemInstruction.parts[].text': 'mapped',
  'systemInstruction.parts[].partMetadata': 'ignored',
};

const declaration = 'tools[].functionDeclarations[]';

const toolFates: Record<string, FieldFate> = {
  tools: 'mapped',
  'tools[]': 'mapped',
  'tools[].functionDeclarations': 'mapped',
  [declaration]: 'mapped',
  [`${declaration}.name`]: 'mapped',
  [`${declaration}.description`]: 'mapped',
  [`${declaration}.parameters`]: 'free',
  [`${declaration}.parametersJsonSchema`]: 'free',
  [`${declaration}.response`]: 'dropped',
  [`${declaration}.responseJsonSchema`]: 'dropped',
  [`${declaration}.behavior`]: { unless: ['UNSPECIFIED', 'BLOCKING'], fate: 'refused' },
  toolConfig: 'mapped',
  'toolConfig.functionCallingConfig': 'mapped',
  'toolConfig.functionCallingConfig.mode': 'mapped',
  'toolConfig.functionCallingConfig.allowedFunctionNames': 'mapped',
  'toolConfig.functionCallingConfig.allowedFunctionNames[]': 'mapped',
  'toolConfig.functionCallingConfig.streamFunctionCallArguments': unlessFalse('dropped'),
  'toolConfig.retrievalConfig': 'dropped',
  'toolConfig.includeServerSideToolInvocations': unlessFalse('dropped'),
};

const configFates: Record<string, FieldFate> = {
  maxOutputTokens: 'mapped',
  temperature: 'mapped',
  topP: 'mapped',
  topK: 'mapped',
  stopSequences: 'mapped',
  'stopSequences[]': 'mapped',
  seed: onlyChat,
  presencePenalty: { unless: [0], fate: onlyChat },
  frequencyPenalty: { unless: [0], fate: onlyChat },
  candidateCount: { unless: [1, '1'], fate: { chat: 'mapped' } },
  responseLogprobs: { unless: [false], fate: notMessages },
  logprobs: { unless: [0, '0'], fate: notMessages },
  responseMimeType: 'mapped',
  responseSchema: 'free',
  responseJsonSchema: 'free',
  responseFormat: 'mapped',
  'responseFormat[]': 'mapped',
  'responseFormat[].text': 'mapped',
  'responseFormat[].text.mimeType': 'mapped',
  'responseFormat[].text.schema': 'free',
  'responseFormat[].audio': 'refused',
  'responseFormat[].image': 'refused',
  'responseFormat[].video': 'refused',
  thinkingConfig: 'mapped',
  'thinkingConfig.thinkingBudget': 'mapped',
  'thinkingConfig.thinkingLevel': 'mapped',
  'thinkingConfig.includeThoughts': 'mapped',
  responseModalities: 'mapped',
  'responseModalities[]': { unless: ['TEXT', 'MODALITY_UNSPECIFIED'], fate: 'refused' },
  mediaResolution: 'dropped',
  speechConfig: 'refused',
  imageConfig: 'refused',
  audioTimestamp: unlessFalse('refused'),
  audioTranscriptionConfig: 'refused',
  translationConfig: 'refused',
  enableAffectiveDialog: unlessFalse('refused'),
  routingConfig: 'dropped',
  modelConfig: 'dropped',
  modelSelectionConfig: 'dropped',
  enableEnhancedCivicAnswers: unlessFalse('dropped'),
};

const topFates: Record<string, FieldFate> = {
  // The path names the model and says whether the response is a stream; the operation writes both into the body.
  model: 'ignored',
  stream: 'mapped',
  generationConfig: 'mapped',
  serviceTier: droppedByMessages,
  labels: toOne,
  safetySettings: 'dropped',
  store: unlessFalse('dropped'),
  cachedContent: 'refused',
  continuationToken: 'refused',
  outputConfig: 'refused',
  modelArmorConfig: 'refused',
};

/** Every spelling of a path, each of whose names is written in either way. */
function spellings(path: string): readonly string[] {
  return path.split('.').reduce<readonly string[]>(
    (begun, name) => {
      const names = [...new Set([name, snakeCase(name)])];
      return begun.flatMap((start) => names.map((each) => (start === '' ? each : `${start}.${each}`)));
    },
    [''],
  );
}

const table = {
  ...topFates,
  ...contentFates,
  ...toolFates,
  ...Object.fromEntries(
    Object.entries(configFates).map(([name, fate]) => [`generationConfig.${name}`, fate] as const),
  ),
};

export const geminiFates: FateTable = Object.fromEntries(
  Object.entries(table).flatMap(([path, fate]) =>
    spellings(path).map((spelling): [string, FieldFate] => [spelling, fate]),
  ),
);
