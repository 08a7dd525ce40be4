/**
 * Prompt and response of a request in the form of the GenAI conventions: the texts alone, up to a number of characters.
 * What is no text is named by its type. Pure.
 */
import type { Attributes } from '@opentelemetry/api';
import { parseEvent } from '../protocols/events/server-sent-event.ts';
import { asObject, parseOr } from '../protocols/usage/usage-shape.ts';

type JsonObject = Readonly<Record<string, unknown>>;

interface TextPart {
  readonly type: 'text';
  readonly content: string;
}

/** A part of another type, whose content is left out. */
interface OtherPart {
  readonly type: string;
}

interface Message {
  readonly role: string;
  readonly parts: readonly (TextPart | OtherPart)[];
}

/** A longer body is not read: that would hold up other requests. */
const bodyBytesMax = 262_144;
/** Lists and parts in one another, of which protocols have three: a message, the result of a tool, its parts. */
const depthMax = 8;
/** The JSON around each character of a response. */
const bytesPerChar = 64;

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

export class RequestContent {
  readonly #charsMax: number;
  #input: Attributes = {};
  readonly #pieces: Buffer[] = [];
  #bytesLeft: number;

  constructor(charsMax: number) {
    this.#charsMax = charsMax;
    this.#bytesLeft = charsMax * bytesPerChar;
  }

  /** @param body in order */
  request(body: readonly Buffer[]): void {
    const length = body.reduce((sum, piece) => sum + piece.length, 0);
    if (length > bodyBytesMax) return;
    const json = asObject(parseOr(Buffer.concat(body).toString('utf8')));
    if (json) this.#input = inputOf(json, this.#charsMax);
  }

  response(piece: Buffer): void {
    if (this.#bytesLeft <= 0) return;
    this.#pieces.push(piece.subarray(0, this.#bytesLeft));
    this.#bytesLeft -= piece.length;
  }

  attributes(): Attributes {
    const text = responseText(Buffer.concat(this.#pieces).toString('utf8')).slice(0, this.#charsMax);
    this.#pieces.length = 0;
    if (text === '') return this.#input;
    return { ...this.#input, 'gen_ai.output.messages': [{ role: 'assistant', parts: [textPart(text)] }] };
  }
}

const textPart = (content: string): TextPart => ({ type: 'text', content });

/** Cuts texts once they have taken up what there is room for. */
class Room {
  #left: number;

  constructor(chars: number) {
    this.#left = chars;
  }

  cut(text: string): string {
    const kept = text.slice(0, this.#left);
    this.#left -= kept.length;
    return kept;
  }

  get isFull(): boolean {
    return this.#left <= 0;
  }
}

function inputOf(body: JsonObject, charsMax: number): Attributes {
  const room = new Room(charsMax);
  const system = body.system ?? body.instructions ?? body.systemInstruction ?? body.system_instruction;
  const instructions = system === undefined ? [] : partsOf(system, room);
  const messages = messagesOf(body, room);
  return {
    ...(instructions.length > 0 && { 'gen_ai.system_instructions': instructions }),
    ...(messages.length > 0 && { 'gen_ai.input.messages': messages }),
  } as Attributes;
}

/** Of a chat, of Responses, of Messages, of `generateContent`, or of one text. */
function messagesOf(body: JsonObject, room: Room): readonly Message[] {
  const messages: Message[] = [];
  const given = body.messages ?? body.contents ?? body.input ?? body.prompt ?? body.query;
  for (const each of typeof given === 'string' ? [given] : listOf(given)) {
    if (room.isFull) break;
    const message = asObject(each);
    const role = textOf(message?.role) || 'user';
    const parts = message
      ? partsOf(message.content ?? message.parts ?? message.output ?? message, room)
      : partsOf(each, room);
    messages.push({ role: role === 'model' ? 'assistant' : role, parts });
  }
  return messages;
}

function partsOf(value: unknown, room: Room, depth = 0): readonly (TextPart | OtherPart)[] {
  if (depth > depthMax) return [];
  if (typeof value === 'string') return [textPart(room.cut(value))];
  if (Array.isArray(value)) return value.flatMap((each) => partsOf(each, room, depth + 1));
  const part = asObject(value);
  if (!part) return [];
  if (part.parts !== undefined) return partsOf(part.parts, room, depth + 1);
  if (typeof part.text === 'string') return [textPart(room.cut(part.text))];
  return [{ type: textOf(part.type) || (Object.keys(part)[0] ?? 'unknown') }];
}

/** The text of a response: JSON, an array of it, or server-sent events; perhaps only its beginning. */
function responseText(response: string): string {
  const whole = parseOr(response);
  if (whole !== undefined)
    return listOf(whole)
      .concat(Array.isArray(whole) ? [] : [whole])
      .map(textIn)
      .join('');
  return response
    .split(/\r?\n\r?\n/)
    .map((event) => parseEvent(Buffer.from(event)).data)
    .map((data) => (data === undefined ? '' : textIn(parseOr(data))))
    .join('');
}

/** The text in a response of any protocol, or in an event of one. */
function textIn(value: unknown): string {
  const json = asObject(value);
  if (!json) return '';
  const { choices, candidates, content, output, delta, type } = json;
  if (choices !== undefined) return listOf(choices).map(choiceText).join('');
  if (candidates !== undefined) {
    return listOf(candidates)
      .flatMap((each) => listOf(asObject(asObject(each)?.content)?.parts))
      .map((part) => textOf(asObject(part)?.text))
      .join('');
  }
  if (type === 'response.output_text.delta') return textOf(delta);
  if (type === 'content_block_delta') return textOf(asObject(delta)?.text);
  const parts =
    output === undefined ? content : listOf(output).flatMap((item) => listOf(asObject(item)?.content));
  return listOf(parts)
    .map((part) => textOf(asObject(part)?.text))
    .join('');
}

function choiceText(value: unknown): string {
  const choice = asObject(value);
  const message = asObject(choice?.message) ?? asObject(choice?.delta);
  return message ? textOf(message.content) : textOf(choice?.text);
}
