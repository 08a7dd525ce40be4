/** Anthropic's protocol on the upstream's side of a translation. */
import type { UpstreamForm } from '../parts.ts';
import { readError } from './errors.ts';
import { readResponse } from './read-response.ts';
import { type MessagesOptions, writeRequest } from './write-request.ts';

export function messagesUpstream(options: MessagesOptions = {}): UpstreamForm {
  return {
    name: 'messages',
    needsOutputLimit: true,
    writeRequest: (request, model, losses) => writeRequest(request, model, losses, options),
    readResponse,
    responseForm: (stream) => (stream ? 'sse' : 'json'),
    readError,
  };
}
