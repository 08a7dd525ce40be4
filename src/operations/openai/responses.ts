/** `POST /v1/responses` */
import { responsesClientProtocol } from '../../protocols/client/openai.ts';
import { responsesRequest } from '../../protocols/client/openai-request.ts';
import { responsesEnd } from '../../protocols/events/end-marks.ts';
import { responsesReasoning } from '../../protocols/translate/foreign-reasoning.ts';
import { openaiUpstream } from '../../protocols/upstream/upstream-protocol.ts';
import { responsesUsageReader } from '../../protocols/usage/openai-usage.ts';
import { conversation, mayStream, never, oneOfThese, previousResponse, withModel } from '../body-schemas.ts';
import { refuseBackground, requireOneOf } from '../fields.ts';
import type { OperationDefinition } from '../operation.ts';

const inputs = ['input', 'prompt', 'previous_response_id', 'conversation'] as const;

export const responses: OperationDefinition = {
  at: { path: '/v1/responses' },
  client: responsesClientProtocol,
  upstream: {
    protocol: openaiUpstream,
    openaiApi: 'responses',
    usageReader: responsesUsageReader,
    reasoning: responsesReasoning,
  },
  kind: 'generate',
  charged: true,
  stored: 'makes',
  streams: 'by-field',
  checkBody(body) {
    refuseBackground(body);
    requireOneOf(body, inputs);
  },
  request: responsesRequest,
  endMarks: responsesEnd,
  openapi: {
    summary: 'Response',
    body: {
      ...withModel(
        {},
        { stream: mayStream, background: never, previous_response_id: previousResponse, conversation },
      ),
      ...oneOfThese(inputs),
    },
  },
  catalogue: { name: 'openai-response', serves: (type) => type === 'chat' },
};
