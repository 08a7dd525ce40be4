/** What image generations and edits have in common. */
import { imagesRequest } from '../../protocols/client/images-request.ts';
import { openaiClientProtocol } from '../../protocols/client/openai.ts';
import { imagesEnd } from '../../protocols/events/end-marks.ts';
import type { JsonObject } from '../../protocols/protocol.ts';
import { openaiUpstream } from '../../protocols/upstream/upstream-protocol.ts';
import { imagesUsageReader } from '../../protocols/usage/images-usage.ts';
import { mayStream, some, withModel } from '../body-schemas.ts';
import { refuseSvg, requireOneOf } from '../fields.ts';

export const imagesBody = withModel({ prompt: some }, { stream: mayStream });

export const imagesShared = {
  client: openaiClientProtocol,
  upstream: { protocol: openaiUpstream, usageReader: imagesUsageReader },
  kind: 'images',
  charged: true,
  streams: 'by-field',
  checkBody(body: JsonObject) {
    refuseSvg(body);
    requireOneOf(body, ['prompt']);
  },
  request: imagesRequest,
  endMarks: imagesEnd,
} as const;
