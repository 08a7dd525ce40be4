/** `POST /v1/messages/count_tokens` */
import { messagesCount } from '../../protocols/translate/counting/count-bodies.ts';
import { list, withModel } from '../body-schemas.ts';
import type { OperationDefinition } from '../operation.ts';
import { messages } from './messages.ts';

const { client, upstream, checkBody, request, endMarks } = messages;

export const countTokens: OperationDefinition = {
  at: { path: '/v1/messages/count_tokens' },
  client,
  upstream,
  kind: undefined,
  charged: false,
  countBody: messagesCount,
  streams: 'never',
  checkBody,
  request,
  endMarks,
  openapi: { summary: 'Count tokens', body: withModel({ messages: list }) },
};
