/** A mock of Gemini's generateContent and streamGenerateContent. */
import { countGemini } from './counts.ts';
import { contentRules, partsOf, signatureFor } from './gemini-content-rules.ts';
import { configOf, declarationsOf, geminiRules, isThird } from './gemini-rules.ts';
import { digest, inPieces, isAbsent, type Json, list, object } from './json.ts';
import type { Mock } from './mock.ts';
import type { Asking } from './rule.ts';
import { type Asked, type Scene, usage } from './scene.ts';

/** Thoughts are not said. */
const textOf = (content: Json | undefined): string =>
  partsOf(content)
    .map(({ text, thought }) => (thought ? '' : (text ?? '')))
    .join('');

function mediaOf(parts: unknown): readonly string[] {
  return list(parts).flatMap(({ inlineData, fileData }) => {
    if (fileData) return [String(object(fileData).fileUri)];
    const { mimeType, data } = object(inlineData);
    return inlineData ? [`${mimeType} ${digest(String(data))}`] : [];
  });
}

function resultsOf(content: Json | undefined): readonly string[] {
  return partsOf(content).flatMap(({ functionResponse }) => {
    if (!functionResponse) return [];
    const { response, parts } = object(functionResponse);
    const { output, error } = object(response);
    const media = mediaOf(parts).map((each) => ` ${each}`);
    return [`${output ?? error ?? JSON.stringify(response)}${media.join('')}`];
  });
}

function choiceOf(body: Json): Asked['choice'] {
  const { mode } = object(object(body.toolConfig).functionCallingConfig);
  if (mode === 'NONE') return 'none';
  return mode === 'ANY' ? 'forced' : 'auto';
}

function read(body: Json): Asked {
  const contents = list(body.contents);
  const { systemInstruction } = body;
  const turns = isAbsent(systemInstruction)
    ? contents
    : [{ ...object(systemInstruction), role: 'system' }, ...contents];
  const last = contents.findLast(({ role }) => role === 'user');
  const { stopSequences, thinkingConfig, responseJsonSchema, responseSchema } = configOf(body);
  return {
    transcript: turns.map((content) => `${content.role}: ${textOf(content)}`),
    text: textOf(last),
    results: resultsOf(last),
    media: mediaOf(last?.parts),
    hasTools: declarationsOf(body).length > 0,
    choice: choiceOf(body),
    isSerial: false,
    thinks:
      object(thinkingConfig).thinkingLevel !== undefined || Number(object(thinkingConfig).thinkingBudget) > 0,
    remembers: contents
      .flatMap(partsOf)
      .some((part) => part.functionCall && part.thoughtSignature === signatureFor(part)),
    wantsSchema: !isAbsent(responseJsonSchema) || !isAbsent(responseSchema),
    stops: Array.isArray(stopSequences) ? stopSequences.map(String) : [],
  };
}

const usageMetadata = {
  promptTokenCount: usage.input,
  cachedContentTokenCount: usage.cached,
  candidatesTokenCount: usage.output,
  totalTokenCount: usage.input + usage.output,
};

/** Gemini 3 signs the first call of a step, whether it was asked for thoughts or not. */
function callsOf({ calls, thought }: Scene, model: string): readonly Json[] {
  return calls.map(({ name, args }, index) => {
    const part = { functionCall: { name, args } };
    const isSigned = index === 0 && (thought !== '' || isThird(model));
    return isSigned ? { ...part, thoughtSignature: signatureFor(part) } : part;
  });
}

function responseOf(model: string, parts: readonly object[], end: object = {}): Json {
  const candidates = [{ index: 0, content: { role: 'model', parts }, ...end }];
  return { responseId: 'g1', modelVersion: model, candidates };
}

const reasonOf = ({ ending }: Scene) => ({ stop: 'STOP', length: 'MAX_TOKENS', refusal: 'SAFETY' })[ending];

function whole(scene: Scene, { model }: Asking): object {
  const { thought, text } = scene;
  const parts = [
    ...(thought ? [{ text: thought, thought: true }] : []),
    ...(text ? [{ text }] : []),
    ...callsOf(scene, model),
  ];
  return { ...responseOf(model, parts, { finishReason: reasonOf(scene) }), usageMetadata };
}

function stream(scene: Scene, { model }: Asking): readonly string[] {
  const calls = callsOf(scene, model);
  const events = [
    ...inPieces(scene.thought).map((text) => responseOf(model, [{ text, thought: true }])),
    ...inPieces(scene.text).map((text) => responseOf(model, [{ text }])),
    ...(calls.length > 0 ? [responseOf(model, calls)] : []),
    { ...responseOf(model, [{ text: '' }], { finishReason: reasonOf(scene) }), usageMetadata },
  ];
  return events.map((event) => `data: ${JSON.stringify(event)}\r\n\r\n`);
}

export const gemini: Mock = {
  rules: [...geminiRules, ...contentRules],
  sound: {
    contents: [{ role: 'user', parts: [{ text: 'Hello' }] }],
    tools: [{ functionDeclarations: [{ name: 'f' }] }],
  },
  read,
  whole,
  stream,
  count: countGemini,
  error: (message) => ({ error: { code: 400, message, status: 'INVALID_ARGUMENT' } }),
  streamError: (message) =>
    `data: ${JSON.stringify({ error: { code: 503, message, status: 'UNAVAILABLE' } })}\r\n\r\n`,
};
