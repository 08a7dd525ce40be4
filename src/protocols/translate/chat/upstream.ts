/** The upstream's side of chat completions. */
import type { JsonObject, ResponseForm } from '../../protocol.ts';
import type { RequestForm } from '../form/request.ts';
import type { Losses } from '../losses.ts';
import type { UpstreamForm } from '../parts.ts';
import { readError } from './errors.ts';
import { readResponse } from './read-response.ts';
import { type ChatUpstreamOptions, defaultOptions } from './upstream-options.ts';
import { writeRequest } from './write-request.ts';

export class ChatUpstream implements UpstreamForm {
  readonly name = 'chat';
  readonly readResponse = readResponse;
  readonly readError = readError;
  readonly #options: ChatUpstreamOptions;

  constructor(options: Partial<ChatUpstreamOptions> = {}) {
    this.#options = { ...defaultOptions, ...options };
  }

  writeRequest(request: RequestForm, model: string, losses: Losses): JsonObject {
    return writeRequest(request, model, losses, this.#options);
  }

  responseForm(stream: boolean): ResponseForm {
    return stream ? 'sse' : 'json';
  }
}

/** OpenAI's own. */
export const chatUpstream: UpstreamForm = new ChatUpstream();
