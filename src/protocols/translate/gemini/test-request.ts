/** What tests of Gemini's requests share. */
import type { Content, GenerationConfig, Tool, ToolConfig } from '@google/genai';
import type { JsonObject } from '../../protocol.ts';
import { checkFates } from '../fates.ts';
import type { Part, RequestForm, ToolCallPart, Turn } from '../form/request.ts';
import { Losses } from '../losses.ts';
import { emptyForm } from '../test-form.ts';
import { geminiFates } from './fates.ts';
import { readRequest } from './read-request.ts';
import { type SchemaStyle, writeRequest } from './write-request.ts';

export interface Body {
  readonly systemInstruction?: Content;
  readonly contents: readonly Content[];
  readonly tools?: readonly Tool[];
  readonly toolConfig?: ToolConfig;
  readonly generationConfig?: GenerationConfig;
  readonly serviceTier?: string;
}

export const newModel = 'gemini-3-flash-preview';
export const user = (...parts: readonly Part[]): Turn => ({ role: 'user', parts });
export const assistant = (...parts: readonly Part[]): Turn => ({ role: 'assistant', parts });
export const text = (value: string): Part => ({ kind: 'text', text: value });
export const call = (id: string, name: string, more: Partial<ToolCallPart> = {}): Part => ({
  kind: 'tool-call',
  id,
  name,
  arguments: '{}',
  ...more,
});
export const result = (callId: string, value: string): Part => ({
  kind: 'tool-result',
  callId,
  name: undefined,
  isError: false,
  parts: [{ kind: 'text', text: value }],
});
export const gemini = (blob: string) => ({ provider: 'gemini', blob }) as const;

export function write(form: Partial<RequestForm>, model = newModel, schemas: SchemaStyle = 'json-schema') {
  const losses = new Losses('strict', 'gemini');
  const body = writeRequest({ ...emptyForm, ...form }, model, schemas, losses) as unknown as Body;
  return { body, dropped: losses.dropped };
}

export function read(body: JsonObject) {
  const losses = new Losses('strict', 'chat');
  checkFates(body, geminiFates, 'chat', losses);
  return { form: readRequest(body, losses), dropped: losses.dropped };
}

export const contents = (...turns: readonly Turn[]) => write({ turns }).body.contents;
export const turnsOf = (...list: readonly object[]) => read({ contents: list }).form.turns;
