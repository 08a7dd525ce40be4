/** The upstream's side of chat completions. */
import type { UpstreamForm } from '../parts.ts';
import { readError } from './errors.ts';
import { readResponse } from './read-response.ts';
import { upstreamOptions } from './upstream-options.ts';
import { writeRequest } from './write-request.ts';

export const chatUpstream: UpstreamForm = {
  name: 'chat',
  toolName: /^[a-zA-Z0-9_-]{1,64}$/,
  writeRequest: (request, model, losses, options) =>
    writeRequest(request, model, losses, upstreamOptions(options)),
  readResponse,
  responseForm: (stream) => (stream ? 'sse' : 'json'),
  readError,
};
