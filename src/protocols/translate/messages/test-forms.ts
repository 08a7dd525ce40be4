/** Forms of requests for tests, and what is written of them. */
import assert from 'node:assert/strict';
import type { MessageCreateParams } from '@anthropic-ai/sdk/resources/messages/messages.js';
import type { ChannelOptions, TranslationPolicy } from '../../../domain/channel-options.ts';
import type { JsonObject } from '../../protocol.ts';
import type { Part, RequestForm, ToolCallPart, ToolResultPart, Turn } from '../form/request.ts';
import { Losses } from '../losses.ts';
import { emptyForm } from '../test-form.ts';
import { messagesUpstream } from './upstream.ts';

export const user = (...texts: readonly string[]): Turn => ({
  role: 'user',
  parts: texts.map((text) => ({ kind: 'text', text })),
});
export const says = (...parts: readonly Part[]): Turn => ({ role: 'assistant', parts });
export const system = (text: string): Turn => ({ role: 'system', parts: [{ kind: 'text', text }] });
export const call = (id: string, more: Partial<ToolCallPart> = {}): ToolCallPart => ({
  kind: 'tool-call',
  id,
  name: 'look',
  arguments: '{"a":1}',
  ...more,
});
export const result = (
  callId: string,
  text = callId,
  more: Partial<ToolResultPart> = {},
): ToolResultPart => ({
  kind: 'tool-result',
  callId,
  name: undefined,
  isError: false,
  parts: [{ kind: 'text', text }],
  ...more,
});
export const results = (...parts: readonly Part[]): Turn => ({ role: 'user', parts });

export const form = (turns: readonly Turn[], more: Partial<RequestForm> = {}): RequestForm => ({
  ...emptyForm,
  turns,
  maxOutputTokens: 100,
  ...more,
});

export interface Given {
  readonly model?: string;
  readonly policy?: TranslationPolicy;
  readonly options?: ChannelOptions;
}

export function write(
  request: RequestForm,
  given: Given = {},
): { body: MessageCreateParams; dropped: readonly string[] } {
  const losses = new Losses(given.policy ?? 'strict', 'messages');
  const { model = 'claude-opus-4-8', options = {} } = given;
  const body: JsonObject = messagesUpstream.writeRequest(request, model, losses, options);
  return { body: body as unknown as MessageCreateParams, dropped: losses.dropped };
}

export const refuses = (request: RequestForm, param: string, given: Given = {}) =>
  assert.throws(() => write(request, given), { code: 'invalid_body', param });

export const hello = [user('Hello')];
export const look = { name: 'look', description: undefined, parameters: undefined, strict: undefined };
export const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAAB';
