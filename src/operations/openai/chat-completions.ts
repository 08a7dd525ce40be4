/** `POST /v1/chat/completions` */
import { openaiClientProtocol } from '../../protocols/client/openai.ts';
import { chatRequest } from '../../protocols/client/openai-request.ts';
import { chatEnd } from '../../protocols/events/end-marks.ts';
import { chatReasoning } from '../../protocols/translate/foreign-reasoning.ts';
import { askForUsage } from '../../protocols/upstream/ask-for-usage.ts';
import { openaiUpstream } from '../../protocols/upstream/upstream-protocol.ts';
import { chatUsageReader } from '../../protocols/usage/openai-usage.ts';
import { list, mayStream, withModel } from '../body-schemas.ts';
import { requireArray } from '../fields.ts';
import type { OperationDefinition } from '../operation.ts';

export const chatCompletions: OperationDefinition = {
  at: { path: '/v1/chat/completions', google: '/v1beta/openai/chat/completions' },
  client: openaiClientProtocol,
  upstream: {
    protocol: openaiUpstream,
    openaiApi: 'chat',
    usageReader: chatUsageReader,
    askForUsage,
    reasoning: chatReasoning,
  },
  kind: 'generate',
  charged: true,
  streams: 'by-field',
  checkBody: (body) => requireArray(body, 'messages'),
  request: chatRequest,
  endMarks: chatEnd,
  openapi: { summary: 'Chat completion', body: withModel({ messages: list }, { stream: mayStream }) },
  catalogue: { name: 'openai', serves: (type) => type === 'chat' },
  // Without a limit of output tokens: models disagree on its name.
  channelTest: {
    of: 'text',
    body: (model, prompt) => ({ model, messages: [{ role: 'user', content: prompt }] }),
  },
};
