/** `generateContent` and `streamGenerateContent` */
import { geminiClientProtocol } from '../../protocols/client/gemini.ts';
import { generateRequest } from '../../protocols/client/gemini-request.ts';
import { geminiEnd } from '../../protocols/events/end-marks.ts';
import { geminiReasoning } from '../../protocols/translate/foreign-reasoning.ts';
import { geminiUpstream } from '../../protocols/upstream/upstream-protocol.ts';
import { geminiUsageReader } from '../../protocols/usage/gemini-usage.ts';
import { ofPath, some } from '../body-schemas.ts';
import { requireOneOf } from '../fields.ts';
import type { OperationDefinition } from '../operation.ts';

const body = ofPath({ contents: some });

export const generateContent: OperationDefinition = {
  at: { verb: 'generateContent' },
  client: geminiClientProtocol,
  upstream: { protocol: geminiUpstream, usageReader: geminiUsageReader, reasoning: geminiReasoning },
  kind: 'generate',
  charged: true,
  streams: 'never',
  checkBody: (request) => requireOneOf(request, ['contents']),
  request: generateRequest,
  endMarks: geminiEnd,
  openapi: { summary: 'Generate', body },
  catalogue: { name: 'gemini', serves: (type) => type === 'chat' || type === 'image' },
  channelTest: {
    of: 'text',
    body: (_model, prompt) => ({ contents: [{ role: 'user', parts: [{ text: prompt }] }] }),
  },
};

export const streamGenerateContent: OperationDefinition = {
  at: { verb: 'streamGenerateContent' },
  client: generateContent.client,
  upstream: generateContent.upstream,
  kind: 'generate',
  charged: true,
  streams: 'always',
  checkBody: generateContent.checkBody,
  request: generateRequest,
  endMarks: geminiEnd,
  openapi: { summary: 'Generate, as a stream', body },
};
