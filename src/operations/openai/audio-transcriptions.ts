/** `POST /v1/audio/transcriptions` and `/v1/audio/translations` */
import { openaiClientProtocol } from '../../protocols/client/openai.ts';
import { transcriptionRequest } from '../../protocols/client/openai-audio.ts';
import { transcriptionEnd } from '../../protocols/events/end-marks.ts';
import type { JsonObject, ResponseForm } from '../../protocols/protocol.ts';
import { openaiUpstream } from '../../protocols/upstream/upstream-protocol.ts';
import { transcriptionUsageReader } from '../../protocols/usage/audio-usage.ts';
import { mayStream, some, withModel } from '../body-schemas.ts';
import { checkStream, requireFile } from '../fields.ts';
import type { OperationDefinition } from '../operation.ts';

/** Subtitles and plain text are no JSON. */
const plainFormats: ReadonlySet<unknown> = new Set(['text', 'srt', 'vtt']);

function formOf({ response_format: format, stream }: JsonObject): ResponseForm {
  if (stream === true) return 'sse';
  return plainFormats.has(format) ? 'bytes' : 'json';
}

const shared = {
  client: openaiClientProtocol,
  upstream: { protocol: openaiUpstream, usageReader: transcriptionUsageReader },
  kind: 'transcription',
  charged: true,
  chargedBy: ['audioSecond', 'input', 'audioInput', 'output', 'request'],
  takes: 'form',
  measures: 'sound',
  request: transcriptionRequest,
  endMarks: transcriptionEnd,
} as const;

export const audioTranscriptions: OperationDefinition = {
  ...shared,
  at: { path: '/v1/audio/transcriptions', google: '/v1beta/openai/audio/transcriptions' },
  streams: 'by-field',
  responseForm: formOf,
  checkBody(body) {
    checkStream(body);
    requireFile(body, 'file');
  },
  openapi: {
    summary: 'Transcribe a sound',
    body: withModel({ file: some }, { stream: mayStream }),
    answers: ['text/plain', 'text/event-stream'],
  },
  catalogue: { name: 'audio-transcription', serves: (type) => type === 'transcription' },
  channelTest: { of: 'transcription', body: (model) => ({ model }) },
};

export const audioTranslations: OperationDefinition = {
  ...shared,
  at: { path: '/v1/audio/translations', google: '/v1beta/openai/audio/translations' },
  streams: 'never',
  responseForm: (body) => formOf({ ...body, stream: false }),
  checkBody: (body) => requireFile(body, 'file'),
  openapi: {
    summary: 'Translate a sound into English',
    body: withModel({ file: some }),
    answers: ['text/plain'],
  },
};
