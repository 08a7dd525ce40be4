/** `POST /v1/audio/speech` */
import { openaiClientProtocol } from '../../protocols/client/openai.ts';
import { speechRequest } from '../../protocols/client/openai-audio.ts';
import { speechEnd } from '../../protocols/events/end-marks.ts';
import { openaiUpstream } from '../../protocols/upstream/upstream-protocol.ts';
import { speechUsageReader } from '../../protocols/usage/audio-usage.ts';
import { withModel } from '../body-schemas.ts';
import { requireText } from '../fields.ts';
import type { OperationDefinition } from '../operation.ts';

export const audioSpeech: OperationDefinition = {
  at: { path: '/v1/audio/speech', google: '/v1beta/openai/audio/speech' },
  client: openaiClientProtocol,
  upstream: { protocol: openaiUpstream, usageReader: speechUsageReader },
  kind: 'speech',
  charged: true,
  chargedBy: ['character', 'input', 'output', 'audioOutput', 'request'],
  streams: 'never',
  responseForm: ({ stream_format: format }) => (format === 'sse' ? 'sse' : 'bytes'),
  checkBody: (body) => requireText(body, 'input'),
  request: speechRequest,
  endMarks: speechEnd,
  openapi: {
    summary: 'Speak a text',
    body: withModel({ input: { type: 'string' } }),
    answers: ['audio/*', 'text/event-stream'],
  },
  catalogue: { name: 'audio-speech', serves: (type) => type === 'speech' },
  // `alloy` is a voice of all of OpenAI's models.
  channelTest: { of: 'speech', body: (model) => ({ model, input: 'ok', voice: 'alloy' }) },
};
