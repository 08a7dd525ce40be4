/** `POST /v1/embeddings` */
import { openaiClientProtocol } from '../../protocols/client/openai.ts';
import { embeddingsRequest } from '../../protocols/client/openai-request.ts';
import { chatEnd } from '../../protocols/events/end-marks.ts';
import { openaiUpstream } from '../../protocols/upstream/upstream-protocol.ts';
import { chatUsageReader } from '../../protocols/usage/openai-usage.ts';
import { some, withModel } from '../body-schemas.ts';
import { requireOneOf } from '../fields.ts';
import type { OperationDefinition } from '../operation.ts';

export const embeddings: OperationDefinition = {
  at: { path: '/v1/embeddings', google: '/v1beta/openai/embeddings' },
  client: openaiClientProtocol,
  upstream: { protocol: openaiUpstream, usageReader: chatUsageReader },
  kind: 'embed',
  charged: true,
  streams: 'never',
  checkBody: (body) => requireOneOf(body, ['input']),
  request: embeddingsRequest,
  endMarks: chatEnd,
  openapi: { summary: 'Embeddings', body: withModel({ input: some }) },
  catalogue: { name: 'embeddings', serves: (type) => type === 'embedding' },
  channelTest: { of: 'embedding', body: (model, prompt) => ({ model, input: prompt }) },
};
