/** `POST /v1/messages` */
import { anthropicClientProtocol } from '../../protocols/client/anthropic.ts';
import { messagesRequest } from '../../protocols/client/anthropic-request.ts';
import { anthropicEnd } from '../../protocols/events/end-marks.ts';
import { messagesReasoning } from '../../protocols/translate/foreign-reasoning.ts';
import { anthropicUpstream } from '../../protocols/upstream/upstream-protocol.ts';
import { anthropicUsageReader } from '../../protocols/usage/anthropic-usage.ts';
import { list, mayStream, withModel } from '../body-schemas.ts';
import { requireArray } from '../fields.ts';
import type { OperationDefinition } from '../operation.ts';

export const messages: OperationDefinition = {
  at: { path: '/v1/messages' },
  client: anthropicClientProtocol,
  upstream: { protocol: anthropicUpstream, usageReader: anthropicUsageReader, reasoning: messagesReasoning },
  kind: 'generate',
  charged: true,
  streams: 'by-field',
  checkBody: (body) => requireArray(body, 'messages'),
  request: messagesRequest,
  endMarks: anthropicEnd,
  openapi: { summary: 'Message', body: withModel({ messages: list }, { stream: mayStream }) },
  catalogue: { name: 'anthropic', serves: (type) => type === 'chat' },
  channelTest: {
    of: 'text',
    body: (model, prompt) => ({ model, max_tokens: 16, messages: [{ role: 'user', content: prompt }] }),
  },
};
