/** `POST /v1/moderations` */
import { openaiClientProtocol } from '../../protocols/client/openai.ts';
import { moderationRequest } from '../../protocols/client/openai-request.ts';
import { chatEnd } from '../../protocols/events/end-marks.ts';
import { openaiUpstream } from '../../protocols/upstream/upstream-protocol.ts';
import { chatUsageReader } from '../../protocols/usage/openai-usage.ts';
import { never, some, withModel } from '../body-schemas.ts';
import { refuseStream, requireOneOf } from '../fields.ts';
import type { OperationDefinition } from '../operation.ts';

export const moderations: OperationDefinition = {
  at: { path: '/v1/moderations' },
  client: openaiClientProtocol,
  upstream: { protocol: openaiUpstream, usageReader: chatUsageReader },
  kind: 'moderation',
  charged: true,
  freeUnpriced: true,
  // OpenAI's default (API reference, "Create moderation").
  modelDefault: 'omni-moderation-latest',
  streams: 'never',
  checkBody(body) {
    refuseStream(body);
    requireOneOf(body, ['input']);
  },
  request: moderationRequest,
  endMarks: chatEnd,
  openapi: {
    summary: 'Moderation',
    body: { ...withModel({ input: some }, { stream: never }), required: ['input'] },
  },
  catalogue: { name: 'moderation', serves: (type) => type === 'moderation' },
  channelTest: { of: 'moderation', body: (model, prompt) => ({ model, input: prompt }) },
};
