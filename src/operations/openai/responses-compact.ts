/** `POST /v1/responses/compact` */
import { conversation, oneOfThese, previousResponse, withModel } from '../body-schemas.ts';
import { requireOneOf } from '../fields.ts';
import type { OperationDefinition } from '../operation.ts';
import { responses } from './responses.ts';

const { client, upstream, request, endMarks } = responses;
const inputs = ['input', 'previous_response_id'] as const;

export const responsesCompact: OperationDefinition = {
  at: { path: '/v1/responses/compact' },
  client,
  upstream,
  kind: 'generate',
  charged: true,
  stored: 'uses',
  streams: 'never',
  checkBody: (body) => requireOneOf(body, inputs),
  request,
  endMarks,
  openapi: {
    summary: 'Compact a conversation',
    body: {
      ...withModel({}, { previous_response_id: previousResponse, conversation }),
      ...oneOfThese(inputs),
    },
  },
};
