/** The upstream's side of OpenAI Responses. */
import type { UpstreamForm } from '../parts.ts';
import { readResponse } from './read-response.ts';
import { writeRequest } from './write-request.ts';

export const responsesUpstream: UpstreamForm = {
  name: 'responses',
  toolName: /^[a-zA-Z0-9_-]{1,64}$/,
  stopRule: () => ({ max: 0 }),
  writeRequest,
  readResponse,
  responseForm: (stream) => (stream ? 'sse' : 'json'),
};
