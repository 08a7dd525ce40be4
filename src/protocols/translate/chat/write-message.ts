/** Writes what chat completions say of a response, whole and in streams alike. Pure. */
import type { JsonObject } from '../../protocol.ts';
import { wrap } from '../carrier.ts';
import type { Carried } from '../form/request.ts';
import type { Citation, EndReason, ErrorEvent } from '../form/response.ts';
import type { RequestFacts } from '../parts.ts';

export type FinishReason = 'stop' | 'length' | 'tool_calls' | 'function_call' | 'content_filter';

/** Whether calls are written as `tool_calls`, or as `function_call` for clients that sent `functions`. */
export type CallForm = 'tools' | 'functions';

/** @param hasRefusal whether the model refused in words of its own */
export function finishReason(reason: EndReason, hasRefusal: boolean, calls: CallForm): FinishReason {
  switch (reason) {
    case 'stop':
    case 'stop-sequence':
      return 'stop';
    // A turn that is not over must not look like one that is. Facts, section 8.
    case 'length':
    case 'paused':
      return 'length';
    case 'tool-calls':
      return calls === 'tools' ? 'tool_calls' : 'function_call';
    case 'refusal':
      return hasRefusal ? 'stop' : 'content_filter';
  }
}

/** What is carried through a client of this form. A bare text would not show that it came by the gateway. */
export const wrapForClient = (carried: Carried): string => wrap(carried);

/** A call's signature, in Google's place for it. */
export function signatureMembers(carried: Carried | undefined): JsonObject {
  return carried ? { extra_content: { google: { thought_signature: wrap(carried, 'gemini') } } } : {};
}

/** @param offset of the part's text within the whole content */
export function writeCitations(citations: readonly Citation[], offset: number): readonly JsonObject[] {
  return citations.map(({ url, title, start, end }) => ({
    type: 'url_citation',
    url_citation: { start_index: offset + start, end_index: offset + end, title, url },
  }));
}

/** OpenRouter's place for images that a model makes. */
export function writeImage(mediaType: string, data: string, index: number): JsonObject {
  return { type: 'image_url', index, image_url: { url: `data:${mediaType};base64,${data}` } };
}

export function responseId(id: string, facts: RequestFacts): string {
  return id === '' ? `chatcmpl-${facts.requestId}` : id;
}

/** The client raises on any event, and any response, that has an `error`. */
export function writeError({ message, code }: ErrorEvent): string {
  return JSON.stringify({ error: { message, type: 'server_error', param: null, code: code || null } });
}

export const manyCalls: ErrorEvent = {
  type: 'error',
  message:
    'The model made several calls, and "function_call" holds one. Send "tools" in place of "functions".',
  code: 'several_calls',
};
