/** `embedContent` and `batchEmbedContents` */
import { embedRequest } from '../../protocols/client/gemini-request.ts';
import { list, ofPath, some } from '../body-schemas.ts';
import { requireArray, requireOneOf } from '../fields.ts';
import type { OperationDefinition } from '../operation.ts';
import { generateContent } from './generate-content.ts';

const { client, upstream, endMarks } = generateContent;

export const embedContent: OperationDefinition = {
  at: { verb: 'embedContent' },
  client,
  upstream,
  kind: 'embed',
  charged: true,
  streams: 'never',
  checkBody: (body) => requireOneOf(body, ['content']),
  request: embedRequest,
  endMarks,
  openapi: { summary: 'Embed', body: ofPath({ content: some }) },
  catalogue: { name: 'gemini', serves: (type) => type === 'embedding' },
  channelTest: {
    of: 'embedding',
    body: (_model, prompt) => ({ content: { role: 'user', parts: [{ text: prompt }] } }),
  },
};

export const batchEmbedContents: OperationDefinition = {
  at: { verb: 'batchEmbedContents' },
  client,
  upstream,
  kind: 'embed',
  charged: true,
  streams: 'never',
  checkBody: (body) => requireArray(body, 'requests'),
  request: embedRequest,
  endMarks,
  openapi: { summary: 'Embed several', body: ofPath({ requests: list }) },
};
