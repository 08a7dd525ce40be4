/** A mock of Gemini's generateContent, which refuses what Google refuses (API reference; facts 2, 3 and 7). */
import { type Json, list, must, onlyFields, type Scene, sceneFor, usage } from './scene.ts';

const fields = [
  'contents',
  'systemInstruction',
  'tools',
  'toolConfig',
  'generationConfig',
  'safetySettings',
  'serviceTier',
  'labels',
];

function readGenerate(body: Json): Scene {
  onlyFields(body, fields);
  let open = 0;
  for (const { role, parts } of list(body.contents)) {
    must(role === 'user' || role === 'model', `role ${role}`);
    must(list(parts).length > 0, 'contents.parts must not be empty');
    const responses = list(parts).filter((part) => part.functionResponse);
    must(responses.length === open, 'the number of function responses must equal that of the function calls');
    for (const { functionResponse } of responses) {
      const { response, name } = functionResponse as Json;
      must(typeof name === 'string' && name !== '', 'function_response.name');
      must(
        typeof response === 'object' && !Array.isArray(response),
        'function_response.response must be a struct',
      );
    }
    open = list(parts).filter((part) => part.functionCall).length;
  }
  must(open === 0, 'missing function responses');
  const parts = list(list(body.contents).at(-1)?.parts);
  const results = parts.flatMap((part) =>
    part.functionResponse ? [(part.functionResponse as Json).response as Json] : [],
  );
  const text =
    results.length > 0
      ? `result:${results.map((result) => result.output ?? result.error ?? result.result ?? '').join(',')}`
      : parts.map((part) => part.text ?? '[media]').join('');
  return sceneFor(text, list(body.tools).length > 0);
}

const usageMetadata = {
  promptTokenCount: usage.input,
  cachedContentTokenCount: usage.cached,
  candidatesTokenCount: usage.output,
  totalTokenCount: usage.input + usage.output,
};

export function geminiResponse(body: Json, isStream: boolean): object | string[] {
  const scene = readGenerate(body);
  const base = { responseId: 'g1', modelVersion: 'm' };
  const finishReason = { stop: 'STOP', length: 'MAX_TOKENS', refusal: 'SAFETY' }[scene.ending];
  const calls = scene.calls.map(({ name, args }) => ({ functionCall: { name, args } }));
  const of = (parts: readonly object[], end: object = {}) => ({
    ...base,
    candidates: [{ index: 0, content: { role: 'model', parts }, ...end }],
  });
  const texts = (scene.text.match(/.{1,6}/gs) ?? []).map((text) => ({ text }));
  if (!isStream)
    return {
      ...of([...(scene.text ? [{ text: scene.text }] : []), ...calls], { finishReason }),
      usageMetadata,
    };
  const events = [
    ...texts.map((part) => of([part])),
    ...(calls.length > 0 ? [of(calls)] : []),
    { ...of([{ text: '' }], { finishReason }), usageMetadata },
  ];
  return events.map((event) => `data: ${JSON.stringify(event)}\r\n\r\n`);
}
