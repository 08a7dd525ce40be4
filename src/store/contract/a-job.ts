/** A row of a job, as the suites and tests need one. */
import { noPieces } from '../../domain/usage.ts';
import type { NewJob } from '../job-store.ts';
import { aRequestId } from './engine.ts';
import type { Payer } from './payer.ts';

export const startMs = 1_800_000_000_000;

/** A job that is about to be submitted. */
export function aJob(payer: Payer, fields: Partial<NewJob> = {}): NewJob {
  const requestId = aRequestId();
  return {
    ...payer,
    publicId: `job_${requestId}`,
    requestId,
    vendor: 'videos',
    action: 'create',
    username: 'somebody',
    keyName: 'a key',
    group: 'default',
    channelId: 3,
    channelName: 'a channel',
    channelKey: 'abcd',
    model: 'sora-2',
    upstreamModel: 'sora-2-2026',
    priceId: 7,
    multiplier: 1_000_000,
    variant: '720x1280',
    pieces: { ...noPieces, videoSeconds: 8 },
    reserved: false,
    clientAddress: '203.0.113.7',
    path: '/v1/videos',
    source: '',
    attempts: 1,
    originId: '',
    createdMs: startMs,
    deadlineMs: startMs + 3_600_000,
    leaseUntilMs: startMs + 60_000,
    leasedBy: 'one',
    hasCallback: false,
    sealed: null,
    ...fields,
  };
}
