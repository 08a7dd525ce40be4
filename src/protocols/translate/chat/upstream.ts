/** The upstream's side of chat completions. */
import type { UpstreamForm } from '../parts.ts';
import { readResponse } from './read-response.ts';
import { upstreamOptions } from './upstream-options.ts';
import { writeRequest } from './write-request.ts';

/**
 * [TO ChatCompletionCreateParams.stop] names OpenAI's; for xAI's that reason see
 * https://github.com/lidge-jun/opencodex/issues/5280.
 */
const refusesStops = /(?:^|\/)(?:o3|o4-mini)|grok-(?:3-mini|4(?!.*non-reasoning))/;

export const chatUpstream: UpstreamForm = {
  name: 'chat',
  toolName: /^[a-zA-Z0-9_-]{1,64}$/,
  stopRule: (model) => ({ max: refusesStops.test(model) ? 0 : 4 }),
  writeRequest: (request, model, losses, options) =>
    writeRequest(request, model, losses, upstreamOptions(options)),
  readResponse,
  responseForm: (stream) => (stream ? 'sse' : 'json'),
};
