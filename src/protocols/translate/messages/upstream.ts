/** Anthropic's protocol on the upstream's side of a translation. */
import type { UpstreamForm } from '../parts.ts';
import { readResponse } from './read-response.ts';
import { writeRequest } from './write-request.ts';

export const messagesUpstream: UpstreamForm = {
  name: 'messages',
  toolName: /^[a-zA-Z0-9_-]{1,128}$/,
  stopRule: () => ({ max: Number.POSITIVE_INFINITY, takes: (stop) => stop.trim() !== '' }),
  needsOutputLimit: true,
  writeRequest,
  readResponse,
  responseForm: (stream) => (stream ? 'sse' : 'json'),
};
