/** How a model request ended. */
import type { RecordContent } from '../store/ledger-store.ts';
import type { RequestTimeline } from './request-timeline.ts';
import type { ResponsePipeline } from './response-pipeline.ts';
import type { ResponseEnd } from './spending.ts';

/** How a request ended, for its record. */
export interface RequestResult extends ResponseEnd {
  readonly pipeline:
    | (NonNullable<ResponseEnd['pipeline']> & Partial<Pick<ResponsePipeline, 'start'>>)
    | undefined;
  readonly status: number;
  readonly errorCode: string;
  readonly channelName: string;
  readonly channelId: number;
  /** The group for which the channel served it. */
  readonly group: string;
  readonly attempts: number;
  /** Whether the response is a count of the gateway's own, of the tokens of the request. */
  readonly isOwnCount: boolean;
  readonly stream: boolean;
  readonly timeline: Pick<RequestTimeline, 'course' | 'exactCourse' | 'trace'>;
  readonly firstByteMs: number | undefined;
  readonly totalMs: number;
  /** Fields of the request that its translation left out or changed. */
  readonly dropped: readonly string[];
  readonly content: RecordContent | undefined;
}
