/** Where the texts are that a model wrote, in the responses of OpenAI's protocol. Pure. */
import type { JsonObject } from '../protocol.ts';
import { addStrings, objectsOf } from './text-parts.ts';
import { asObject } from './usage-shape.ts';

function addMessage(message: JsonObject, texts: string[]): void {
  addStrings(texts, message.reasoning_content ?? message.reasoning, message.content, message.refusal);
  for (const part of objectsOf(message.content)) addStrings(texts, part.text);
  for (const call of objectsOf(message.tool_calls)) addCall(asObject(call.function), texts);
  addCall(asObject(message.function_call), texts);
  addStrings(texts, asObject(message.audio)?.transcript);
}

function addCall(call: JsonObject | undefined, texts: string[]): void {
  if (call) addStrings(texts, call.name, call.arguments);
}

/** Chat completions and completions, whole or one event. */
export function addChatTexts(response: JsonObject, texts: string[]): void {
  for (const choice of objectsOf(response.choices)) {
    addStrings(texts, choice.text);
    const message = asObject(choice.delta) ?? asObject(choice.message);
    if (message) addMessage(message, texts);
  }
}

/** Sound is sent as base64, beside a transcript of it. */
const isTextDelta = (type: unknown) =>
  typeof type === 'string' && type.endsWith('.delta') && !type.endsWith('audio.delta');

/** Responses: one event, of which only the deltas count, or a whole response. */
export function addResponseTexts(response: JsonObject, texts: string[]): void {
  if (isTextDelta(response.type)) addStrings(texts, response.delta);
  for (const item of objectsOf(response.output)) {
    addStrings(texts, item.arguments, item.name);
    for (const part of objectsOf(item.summary)) addStrings(texts, part.text);
    for (const part of objectsOf(item.content)) addStrings(texts, part.text, part.refusal);
    if (item.type === 'custom_tool_call') addStrings(texts, item.input);
  }
}
