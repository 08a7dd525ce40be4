/** `POST /v1/images/generations` */
import { openaiClientProtocol } from '../../protocols/client/openai.ts';
import { imagesRequest } from '../../protocols/client/openai-request.ts';
import { chatEnd } from '../../protocols/events/end-marks.ts';
import { openaiUpstream } from '../../protocols/upstream/upstream-protocol.ts';
import { imagesUsageReader } from '../../protocols/usage/openai-usage.ts';
import { never, some, withModel } from '../body-schemas.ts';
import { refuseStream, requireOneOf } from '../fields.ts';
import type { OperationDefinition } from '../operation.ts';

export const imagesGenerations: OperationDefinition = {
  at: { path: '/v1/images/generations', google: '/v1beta/openai/images/generations' },
  client: openaiClientProtocol,
  upstream: { protocol: openaiUpstream, usageReader: imagesUsageReader },
  kind: 'images',
  charged: true,
  streams: 'never',
  checkBody(body) {
    refuseStream(body);
    requireOneOf(body, ['prompt']);
  },
  request: imagesRequest,
  endMarks: chatEnd,
  openapi: { summary: 'Images', body: withModel({ prompt: some }, { stream: never }) },
  catalogue: { name: 'image-generation', serves: (type) => type === 'image' },
};
