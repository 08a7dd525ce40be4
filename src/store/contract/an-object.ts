/** A row of a stored object, as the suites and tests need one. */
import type { NewObject } from '../object-store.ts';
import { startMs } from './a-job.ts';
import { aRequestId } from './engine.ts';
import type { Payer } from './payer.ts';

/** A stored response. */
export function anObject(payer: Payer, fields: Partial<NewObject> = {}): NewObject {
  const requestId = aRequestId();
  const publicId = fields.publicId ?? `resp_${requestId}`;
  return {
    ...payer,
    kind: 'response',
    publicId,
    upstreamId: publicId,
    protocol: 'openai',
    requestId,
    group: 'default',
    channelId: 3,
    channelName: 'a channel',
    channelKey: 'abcd',
    model: 'gpt-5',
    upstreamModel: 'gpt-5-2026',
    createdMs: startMs,
    expiresMs: startMs + 1000,
    extra: {},
    ...fields,
  };
}
