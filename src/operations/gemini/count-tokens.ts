/** `countTokens` */
import { generateRequest } from '../../protocols/client/gemini-request.ts';
import { requestToCount } from '../../protocols/translate/counting/clients.ts';
import { geminiCount } from '../../protocols/translate/counting/count-bodies.ts';
import { oneOfThese } from '../body-schemas.ts';
import { requireOneOf } from '../fields.ts';
import type { OperationDefinition } from '../operation.ts';
import { generateContent } from './generate-content.ts';

const { client, upstream, endMarks } = generateContent;
const inputs = ['contents', 'generateContentRequest', 'generate_content_request'] as const;

export const countContentTokens: OperationDefinition = {
  at: { verb: 'countTokens' },
  client,
  upstream,
  kind: undefined,
  charged: false,
  countBody: geminiCount,
  streams: 'never',
  checkBody: (body) => requireOneOf(body, inputs),
  request: {
    bound: (body, bodyBytes) => generateRequest.bound(requestToCount(body), bodyBytes),
    text: (body) => generateRequest.text(requestToCount(body)),
  },
  endMarks,
  openapi: { summary: 'Count tokens', body: { type: 'object', ...oneOfThese(inputs) } },
};
