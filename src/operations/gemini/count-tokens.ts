/** `countTokens` */
import { generateRequest } from '../../protocols/client/gemini-request.ts';
import { oneOfThese } from '../body-schemas.ts';
import { requireOneOf } from '../fields.ts';
import type { OperationDefinition } from '../operation.ts';
import { generateContent } from './generate-content.ts';

const { client, upstream, endMarks } = generateContent;
const inputs = ['contents', 'generateContentRequest'] as const;

export const countContentTokens: OperationDefinition = {
  at: { verb: 'countTokens' },
  client,
  upstream,
  kind: undefined,
  charged: false,
  streams: 'never',
  checkBody: (body) => requireOneOf(body, inputs),
  request: generateRequest,
  endMarks,
  openapi: { summary: 'Count tokens', body: { type: 'object', ...oneOfThese(inputs) } },
};
