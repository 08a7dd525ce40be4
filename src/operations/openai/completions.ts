/** `POST /v1/completions`, the legacy text completions. */
import { openaiClientProtocol } from '../../protocols/client/openai.ts';
import { completionRequest } from '../../protocols/client/openai-request.ts';
import { chatEnd } from '../../protocols/events/end-marks.ts';
import { askForUsage } from '../../protocols/upstream/ask-for-usage.ts';
import { openaiUpstream } from '../../protocols/upstream/upstream-protocol.ts';
import { chatUsageReader } from '../../protocols/usage/openai-usage.ts';
import { mayStream, withModel } from '../body-schemas.ts';
import type { OperationDefinition } from '../operation.ts';

export const completions: OperationDefinition = {
  at: { path: '/v1/completions' },
  client: openaiClientProtocol,
  upstream: { protocol: openaiUpstream, usageReader: chatUsageReader, askForUsage },
  kind: 'generate',
  charged: true,
  streams: 'by-field',
  checkBody: () => undefined,
  request: completionRequest,
  endMarks: chatEnd,
  openapi: { summary: 'Text completion', body: withModel({}, { stream: mayStream }) },
};
