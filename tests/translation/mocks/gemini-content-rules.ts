/** What Gemini's generateContent refuses of the contents of a conversation. */
import { isThird } from './gemini-rules.ts';
import { hasOnly, isAbsent, isObject, type Json, list, object } from './json.ts';
import type { Asking, Rule } from './rule.ts';
import { sign } from './signatures.ts';

const partFields =
  'text thought thoughtSignature functionCall functionResponse inlineData fileData videoMetadata mediaResolution';
const kinds = ['text', 'functionCall', 'functionResponse', 'inlineData', 'fileData'];

const contentsOf = ({ body }: Asking): readonly Json[] => list(body.contents);
export const partsOf = (content: Json | undefined): readonly Json[] => list(content?.parts);
const allParts = (asking: Asking): readonly Json[] => contentsOf(asking).flatMap(partsOf);

/** What a part is about, as its signature covers it. */
function signedOf({ text, functionCall }: Json): string {
  const { name, args } = object(functionCall);
  return functionCall ? `${name} ${JSON.stringify(args)}` : String(text ?? '');
}
export const signatureFor = (part: Json): string => btoa(sign('gemini', signedOf(part)));

/** What Google's page on signatures names for histories that are not from Gemini. */
const forForeign = ['skip_thought_signature_validator', 'context_engineering_is_the_way_to_go'];

/** The function responses are as many as the calls before them, by name, and by id where both have one. */
function resultsFit(contents: readonly Json[]): boolean {
  let open: readonly Json[] = [];
  for (const content of contents) {
    const results = partsOf(content).flatMap(({ functionResponse: result }) =>
      result ? [object(result)] : [],
    );
    const fits = (call: Json) =>
      results.some(
        ({ id, name }) => name === call.name && (isAbsent(id) || isAbsent(call.id) || id === call.id),
      );
    if (results.length !== open.length || !open.every(fits)) return false;
    open = partsOf(content).flatMap(({ functionCall }) => (functionCall ? [object(functionCall)] : []));
  }
  return open.length === 0;
}

/** The first call of each step of the current turn has its signature. */
function currentCallsAreSigned(asking: Asking): boolean {
  if (!isThird(asking.model)) return true;
  const contents = contentsOf(asking);
  const start = contents.findLastIndex(
    (content) =>
      content.role === 'user' && partsOf(content).every(({ functionResponse }) => !functionResponse),
  );
  return contents.slice(start + 1).every((content) => {
    const call = partsOf(content).find(({ functionCall }) => functionCall);
    return call === undefined || !isAbsent(call.thoughtSignature);
  });
}

const isMedia = ({ inlineData, fileData }: Json): boolean => {
  const { mimeType, data } = object(inlineData);
  const types = /^(?:image\/(?:png|jpeg|webp|heic|heif)|application\/pdf|text\/plain|audio\/|video\/)/;
  if (inlineData) return types.test(String(mimeType)) && /^[\w+/=-]+$/.test(String(data));
  return !fileData || /^(?:https?|gs):/.test(String(object(fileData).fileUri));
};

const user = (...parts: readonly Json[]) => ({ role: 'user', parts });
const model = (...parts: readonly Json[]) => ({ role: 'model', parts });
const hello = user({ text: 'Hello' });
const call = { functionCall: { name: 'f', args: {} } };
const result = { functionResponse: { name: 'f', response: { output: 'sunny' } } };

export const contentRules: readonly Rule[] = [
  {
    says: 'contents is not specified',
    source: '[TG] GenerateContentParameters.contents',
    holds: (asking) => contentsOf(asking).length > 0,
    broken: { contents: [] },
  },
  {
    says: 'Please use a valid role: user, model.',
    source: '[TG] Content.role; facts 2',
    holds: (asking) => contentsOf(asking).every(({ role }) => role === 'user' || role === 'model'),
    broken: { contents: [{ role: 'system', parts: [{ text: 'Hello' }] }] },
  },
  {
    says: 'contents.parts must not be empty.',
    source: '[TG] Content.parts',
    holds: (asking) => contentsOf(asking).every((content) => partsOf(content).length > 0),
    broken: { contents: [user()] },
  },
  {
    says: 'Unknown name at contents.parts: Cannot find field.',
    source: '[TG] Part, FunctionCall, FunctionResponse',
    holds: (asking) =>
      allParts(asking).every(
        (part) =>
          hasOnly(part, partFields) &&
          hasOnly(object(part.functionCall), 'id name args') &&
          hasOnly(object(part.functionResponse), 'id name response parts scheduling willContinue'),
      ),
    broken: { contents: [user({ text: 'Hello', cache_control: {} })] },
  },
  {
    says: 'contents.parts.data: required oneof field must have one initialized field',
    source: '[TG] Part',
    holds: (asking) =>
      allParts(asking).every((part) => kinds.filter((kind) => !isAbsent(part[kind])).length === 1),
    broken: { contents: [user({ thought: true })] },
  },
  {
    says: 'The number of function response parts is not equal to the function call parts of the function call turn.',
    source: 'facts 2',
    holds: (asking) => resultsFit(contentsOf(asking)),
    broken: { contents: [hello, model(call), user({ text: 'And?' })] },
  },
  {
    says: 'function_response.response: must be a struct with a name beside it',
    source: '[TG] FunctionResponse.response; facts 3.4',
    holds: (asking) =>
      allParts(asking).every(
        ({ functionResponse }) => !functionResponse || isObject(object(functionResponse).response),
      ),
    broken: {
      contents: [hello, model(call), user({ functionResponse: { name: 'f', response: 'sunny' } })],
    },
    model: 'gemini-2.5-flash',
  },
  {
    says: 'function_call.args: must be a struct',
    source: '[TG] FunctionCall.args; facts 3.5',
    holds: (asking) =>
      allParts(asking).every(({ functionCall }) => !functionCall || isObject(object(functionCall).args)),
    broken: { contents: [hello, model({ functionCall: { name: 'f', args: '{}' } }), user(result)] },
    model: 'gemini-2.5-flash',
  },
  {
    says: 'Thought signature is not valid.',
    source: 'facts 5.2 (bifrost#5982)',
    holds: (asking) =>
      allParts(asking).every(
        (part) =>
          isAbsent(part.thoughtSignature) ||
          part.thoughtSignature === signatureFor(part) ||
          (part.functionCall && forForeign.includes(String(part.thoughtSignature))),
      ),
    broken: { contents: [hello, model({ text: 'Hi', thoughtSignature: 'b3BlbmFpLTEyMzQ1Njc4' }), hello] },
  },
  {
    says: 'Function call is missing a thought_signature in functionCall parts.',
    source: 'facts 5.2 (opencode#4832, semantic-kernel#13417)',
    holds: currentCallsAreSigned,
    broken: { contents: [hello, model(call), user(result)] },
  },
  {
    says: 'Unsupported MIME type, or no URI',
    source: 'facts 4; [TG] Blob.mimeType, FileData.fileUri',
    holds: (asking) => allParts(asking).every(isMedia),
    broken: { contents: [user({ inlineData: { mimeType: 'image/tiff', data: 'aGk=' } })] },
  },
];
