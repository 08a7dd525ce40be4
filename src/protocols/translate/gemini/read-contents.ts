/** Reads `systemInstruction` and `contents` of a Gemini client's request into turns. Pure. */
import type { JsonObject } from '../../protocol.ts';
import type { Part, ReasoningPart, TextPart, ToolResultPart, Turn } from '../form/request.ts';
import { isPlainObject, malformed } from '../json.ts';
import type { Losses } from '../losses.ts';
import { portableId } from '../tool-ids.ts';
import { readMedia } from './media.ts';
import { readSignature, type Signature } from './signatures.ts';
import { booleanMember, member, objectMember, objectsMember, textMember } from './spelling.ts';

export function readSystem(body: JsonObject): readonly Turn[] {
  const instruction = member(body, 'systemInstruction');
  if (instruction === undefined) return [];
  if (typeof instruction === 'string') return systemTurn([instruction]);
  if (!isPlainObject(instruction)) throw malformed('systemInstruction', 'an object');
  const path = 'systemInstruction.';
  return systemTurn(
    objectsMember(instruction, 'parts', path).map(
      (part) => textMember(part, 'text', `${path}parts[].`) ?? '',
    ),
  );
}

function systemTurn(texts: readonly string[]): readonly Turn[] {
  const parts = texts.filter((text) => text !== '').map((text): TextPart => ({ kind: 'text', text }));
  return parts.length === 0 ? [] : [{ role: 'system', parts }];
}

export function readContents(body: JsonObject, losses: Losses): readonly Turn[] {
  const calls = new OpenCalls();
  return wholeContents(body).flatMap(({ isModel, parts }): readonly Turn[] => {
    const read = isModel ? modelParts(parts, calls, losses) : userParts(parts, calls, losses);
    return read.length === 0 ? [] : [{ role: isModel ? 'assistant' : 'user', parts: read }];
  });
}

interface WholeContent {
  readonly isModel: boolean;
  readonly parts: JsonObject[];
}

/** Google's clients keep each piece of a streamed response as a part, or as a content: here they are one again. */
function wholeContents(body: JsonObject): readonly WholeContent[] {
  const whole: WholeContent[] = [];
  for (const content of objectsMember(body, 'contents', '')) {
    const isModel = member(content, 'role') === 'model';
    const parts = objectsMember(content, 'parts', 'contents[].');
    const last = whole.at(-1);
    if (!isModel) whole.push({ isModel, parts: [...parts] });
    else if (last?.isModel) append(last.parts, parts);
    else whole.push({ isModel, parts: append([], parts) });
  }
  return whole;
}

/** A text goes on where the part before is one. */
function append(begun: JsonObject[], parts: readonly JsonObject[]): JsonObject[] {
  for (const part of parts) {
    const last = begun.at(-1);
    if (last && isPlainText(last) && isPlainText(part)) {
      begun[begun.length - 1] = { text: `${last.text}${part.text}` };
    } else begun.push(part);
  }
  return begun;
}

function isPlainText(part: JsonObject): boolean {
  return typeof part.text === 'string' && Object.keys(part).length === 1;
}

const path = 'contents[].parts[].';

interface Call {
  readonly id: string;
  readonly name: string;
  isAnswered: boolean;
}

/** The calls so far: results name theirs by id, or only by name and order. */
class OpenCalls {
  readonly #calls: Call[] = [];

  /** Ids that are made up depend on the history before them only, so that a longer one has the same. */
  add(name: string, id: string | undefined): string {
    const call = { id: portableId(id || `call_${this.#calls.length}_${name}`), name, isAnswered: false };
    this.#calls.push(call);
    return call.id;
  }

  answer(name: string | undefined, id: string | undefined): Call | undefined {
    const open = this.#calls.filter(({ isAnswered }) => !isAnswered);
    const portable = id ? portableId(id) : undefined;
    const call = open.find((each) => each.id === portable) ?? open.find((each) => each.name === name);
    if (call) call.isAnswered = true;
    return call;
  }
}

function userParts(parts: readonly JsonObject[], calls: OpenCalls, losses: Losses): readonly Part[] {
  return parts.flatMap((part): readonly Part[] => {
    const result = objectMember(part, 'functionResponse', path);
    if (result) return [readResult(result, calls, losses)];
    const media = readMedia(part, path, losses);
    if (media) return [media];
    const text = textMember(part, 'text', path);
    return text ? [{ kind: 'text', text }] : [];
  });
}

function readResult(result: JsonObject, calls: OpenCalls, losses: Losses): ToolResultPart {
  const inside = `${path}functionResponse.`;
  const name = textMember(result, 'name', inside);
  const id = textMember(result, 'id', inside);
  const call = calls.answer(name, id);
  const callId = call?.id ?? (id ? portableId(id) : undefined);
  if (callId === undefined) throw malformed(inside.slice(0, -1), 'the result of an earlier functionCall');
  const response = objectMember(result, 'response', inside) ?? {};
  const media = objectsMember(result, 'parts', inside).flatMap(
    (part) => readMedia(part, `${inside}parts[].`, losses) ?? [],
  );
  const { text, isError } = outputOf(response);
  const parts = text === '' ? media : [{ kind: 'text', text } as const, ...media];
  return { kind: 'tool-result', callId, name: name ?? call?.name, isError, parts };
}

/** A lone `output` or `error` is the result; else the whole object is [FunctionResponse.response]. */
function outputOf(response: JsonObject): { readonly text: string; readonly isError: boolean } {
  const [[name, value] = ['', undefined], ...others] = Object.entries(response);
  const isAlone = others.length === 0 && (name === 'output' || name === 'error');
  const output = isAlone ? value : response;
  return {
    text: typeof output === 'string' ? output : JSON.stringify(output),
    isError: response.error !== undefined && response.error !== null,
  };
}

/** Reads the parts of one turn of the model. */
function modelParts(parts: readonly JsonObject[], calls: OpenCalls, losses: Losses): readonly Part[] {
  const read: Part[] = [];
  let isOpenThought = false;
  for (const part of parts) {
    const signature = signatureOf(part);
    const isThought = booleanMember(part, 'thought', path) === true;
    if (isThought && !member(part, 'functionCall')) {
      addThought(read, textMember(part, 'text', path) ?? '', signature, isOpenThought);
      isOpenThought = signature === undefined;
      continue;
    }
    isOpenThought = false;
    const made = modelPart(part, signature, calls, losses);
    if (made) read.push(made);
    if (signature && made?.kind !== 'tool-call') read.push(reasoning('', signature));
  }
  return read;
}

function signatureOf(part: JsonObject): Signature | undefined {
  const text = textMember(part, 'thoughtSignature', path);
  return text ? readSignature(text) : undefined;
}

/** A client keeps the pieces of a stream as parts; the signature ends a thought. */
function addThought(read: Part[], text: string, signature: Signature | undefined, isOpen: boolean): void {
  const last = isOpen && !signature?.isRedacted ? read.at(-1) : undefined;
  if (last?.kind === 'reasoning') read[read.length - 1] = reasoning(last.text + text, signature);
  else if (text !== '' || signature) read.push(reasoning(text, signature));
}

function reasoning(text: string, signature: Signature | undefined): ReasoningPart {
  return {
    kind: 'reasoning',
    text,
    carried: signature?.carried,
    ...(signature?.isRedacted && { isRedacted: true }),
  };
}

function modelPart(
  part: JsonObject,
  signature: Signature | undefined,
  calls: OpenCalls,
  losses: Losses,
): Part | undefined {
  const call = objectMember(part, 'functionCall', path);
  if (!call) {
    const text = textMember(part, 'text', path);
    return text ? { kind: 'text', text } : readMedia(part, path, losses);
  }
  const inside = `${path}functionCall.`;
  const name = textMember(call, 'name', inside);
  if (!name) throw malformed(`${inside}name`, 'the name of a function');
  return {
    kind: 'tool-call',
    id: calls.add(name, textMember(call, 'id', inside)),
    name,
    arguments: JSON.stringify(objectMember(call, 'args', inside) ?? {}),
    ...(signature && { carried: signature.carried }),
  };
}
