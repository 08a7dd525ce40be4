/** `POST /v1/responses/input_tokens` */
import { responsesCount } from '../../protocols/translate/counting/count-bodies.ts';
import { responsesReasoning } from '../../protocols/translate/foreign-reasoning.ts';
import { conversation, oneOfThese, previousResponse, withModel } from '../body-schemas.ts';
import { requireOneOf } from '../fields.ts';
import type { OperationDefinition } from '../operation.ts';
import { responses } from './responses.ts';

const { client, upstream, request, endMarks } = responses;
const { protocol, usageReader } = upstream;
const inputs = ['input', 'previous_response_id', 'conversation'] as const;

export const inputTokens: OperationDefinition = {
  at: { path: '/v1/responses/input_tokens' },
  client,
  // Of all channels of the protocol: one that lacks the endpoint is passed over.
  upstream: { protocol, usageReader, reasoning: responsesReasoning },
  kind: undefined,
  charged: false,
  stored: 'uses',
  countBody: responsesCount,
  streams: 'never',
  checkBody: (body) => requireOneOf(body, inputs),
  request,
  endMarks,
  openapi: {
    summary: 'Count tokens',
    body: {
      ...withModel({}, { previous_response_id: previousResponse, conversation }),
      ...oneOfThese(inputs),
    },
  },
};
