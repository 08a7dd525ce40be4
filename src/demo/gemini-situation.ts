/** Reads what a Gemini request asks, and refuses signatures of thoughts that did not come back as they were. Pure. */
import { arrayAt, BadRequest, type Fields, fieldsAt, isFields, textOf } from './fields.ts';
import type { Situation } from './script.ts';
import { signedThought } from './signature.ts';

const partsOf = (content: Fields | undefined) => arrayAt(content ?? {}, 'parts').filter(isFields);
const thinkingOf = (body: Fields) => fieldsAt(fieldsAt(body, 'generationConfig'), 'thinkingConfig');

/** What Google's page on signatures names for calls of other models. */
const standIns: ReadonlySet<unknown> = new Set([
  'skip_thought_signature_validator',
  'context_engineering_is_the_way_to_go',
]);

/** @throws BadRequest for altered or missing signatures */
export function situationOf(body: Fields, model: string, contents: readonly Fields[]): Situation {
  const { includeThoughts, thinkingBudget, thinkingLevel } = thinkingOf(body);
  const wantsReasoning =
    includeThoughts === true || Number(thinkingBudget) > 0 || thinkingLevel !== undefined;
  checkSignatures(contents, wantsReasoning);
  const last = contents.findLast(({ role }) => role === 'user' || role === undefined);
  const { mode, allowedFunctionNames } = fieldsAt(fieldsAt(body, 'toolConfig'), 'functionCallingConfig');
  return {
    model,
    userText: textOf(partsOf(last)),
    results: partsOf(last).flatMap(({ functionResponse }) =>
      isFields(functionResponse) ? [resultOf(fieldsAt(functionResponse, 'response'))] : [],
    ),
    tools: toolsOf(body),
    choice: choiceOf(mode, allowedFunctionNames),
    isSerial: false,
    wantsReasoning,
  };
}

export function areThoughtsShown(body: Fields): boolean {
  return thinkingOf(body).includeThoughts === true;
}

function toolsOf(body: Fields): Situation['tools'] {
  const declarations = arrayAt(body, 'tools')
    .filter(isFields)
    .flatMap((tool) => arrayAt(tool, 'functionDeclarations').filter(isFields));
  return declarations.map((tool) => {
    const schema = tool.parametersJsonSchema ?? tool.parameters;
    return { name: String(tool.name), schema: isFields(schema) ? schema : {} };
  });
}

function resultOf(response: Fields): string {
  const { output = response.result ?? response.error } = response;
  return typeof output === 'string' ? output : JSON.stringify(output ?? response);
}

function choiceOf(mode: unknown, names: unknown): Situation['choice'] {
  if (mode === 'NONE') return 'none';
  if (mode !== 'ANY') return 'auto';
  return Array.isArray(names) && names.length === 1 ? { name: names[0] } : 'any';
}

/** https://ai.google.dev/gemini-api/docs/thought-signatures */
function checkSignatures(contents: readonly Fields[], thinks: boolean): void {
  const signatures = contents.flatMap(partsOf).map(({ thoughtSignature }) => thoughtSignature);
  for (const signature of signatures) {
    if (signature === undefined || standIns.has(signature)) continue;
    if (signedThought(signature) === undefined) throw new BadRequest('Thought signature is not valid.');
  }
  const answered = contents.at(-1);
  if (!thinks || !partsOf(answered).some(({ functionResponse }) => functionResponse)) return;
  const call = partsOf(contents.at(-2)).find(({ functionCall }) => functionCall);
  if (call && call.thoughtSignature === undefined) {
    throw new BadRequest('Function call is missing a thought_signature in functionCall parts.');
  }
}
