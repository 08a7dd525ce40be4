/** Encodes the detail of a record as a JSON array, whose order is only ever extended. Pure. */

import { plainMultiplier } from '../domain/rates.ts';
import { decodeCourse, encodeCourse, noCourse } from '../domain/request-course.ts';
import { noUsage } from '../domain/usage.ts';
import type { RecordDetail } from './ledger-store.ts';

const order = [
  'username',
  'keyName',
  'channelName',
  'channelId',
  'group',
  'clientAddress',
  'operation',
  'path',
  'stream',
  'status',
  'outcome',
  'errorCode',
  'inputTokens',
  'cachedTokens',
  'cacheWriteTokens',
  'audioInputTokens',
  'imageInputTokens',
  'outputTokens',
  'reasoningTokens',
  'audioOutputTokens',
  'imageOutputTokens',
  'images',
  'estimated',
  'firstByteMs',
  'totalMs',
  'attempts',
  'priceId',
  'multiplier',
  'responseId',
  'content',
  'longCacheWriteTokens',
  'tier',
  'webSearches',
  'fileSearches',
  'codeSessions',
  'course',
  'source',
  'characters',
  'audioSeconds',
  'searchUnits',
  'videoSeconds',
  'variant',
] as const satisfies readonly (keyof RecordDetail)[];

export type PlacedMember = (typeof order)[number];

/** The index of a member in the array, for conditions in SQL. */
export function placeOf(member: PlacedMember): number {
  return order.indexOf(member);
}

/** The detail of a record that is no request. */
export const emptyDetail: RecordDetail = {
  ...noUsage,
  username: '',
  keyName: '',
  channelName: '',
  channelId: 0,
  group: '',
  clientAddress: '',
  operation: '',
  path: '',
  source: '',
  stream: false,
  status: 0,
  outcome: '',
  errorCode: '',
  estimated: false,
  firstByteMs: -1,
  totalMs: 0,
  attempts: 0,
  priceId: 0,
  multiplier: plainMultiplier,
  responseId: '',
  content: '',
  tier: '',
  variant: '',
  course: noCourse,
};

/** In the order of `order`. Members are named one by one, since reading them by computed names costs a microsecond. */
export function encodeDetail(detail: RecordDetail): string {
  return JSON.stringify([
    detail.username,
    detail.keyName,
    detail.channelName,
    detail.channelId,
    detail.group,
    detail.clientAddress,
    detail.operation,
    detail.path,
    detail.stream,
    detail.status,
    detail.outcome,
    detail.errorCode,
    detail.inputTokens,
    detail.cachedTokens,
    detail.cacheWriteTokens,
    detail.audioInputTokens,
    detail.imageInputTokens,
    detail.outputTokens,
    detail.reasoningTokens,
    detail.audioOutputTokens,
    detail.imageOutputTokens,
    detail.images,
    detail.estimated,
    detail.firstByteMs,
    detail.totalMs,
    detail.attempts,
    detail.priceId,
    detail.multiplier,
    detail.responseId,
    detail.content,
    detail.longCacheWriteTokens,
    detail.tier,
    detail.webSearches,
    detail.fileSearches,
    detail.codeSessions,
    encodeCourse(detail.course),
    detail.source,
    detail.characters,
    detail.audioSeconds,
    detail.searchUnits,
    detail.videoSeconds,
    detail.variant,
  ]);
}

/** Members that were added since the record was written are as in `emptyDetail`. */
export function decodeDetail(text: string): RecordDetail {
  const values = JSON.parse(text) as unknown[];
  const known = order.slice(0, values.length).map((member, index) => [member, values[index]] as const);
  const detail = { ...emptyDetail, ...Object.fromEntries(known) };
  const course: unknown = detail.course;
  return Array.isArray(course) ? { ...detail, course: decodeCourse(course) } : detail;
}
