/** `/api/log/detail`: explains one request, by its timeline, its tries and the terms of its charge. */
import { isJobOperation } from '../../domain/job.ts';
import type { UpstreamTry } from '../../domain/request-course.ts';
import { countsOf, tokenFields } from '../../domain/usage-fields.ts';
import { errorPage } from '../../platform/error-help.ts';
import { errorCatalogue, HalleyError } from '../../platform/errors.ts';
import type { RecordDetail, StoredRecord } from '../../store/ledger-store.ts';
import { roles, type StoreBase } from '../../store/store.ts';
import { accountEndpoint, type Endpoint } from '../endpoint.ts';
import { success } from '../response.ts';
import { costOf } from './cost.ts';
import { requiredRequestId } from './filter.ts';
import { logRecord } from './record.ts';
import { type LogDetail, logDetailSchema } from './schemas.ts';
import { sessionOf } from './session.ts';

/** @param hasDocs whether the gateway serves its documentation */
function errorOf({ errorCode }: RecordDetail, hasDocs: boolean): LogDetail['error'] {
  if (errorCode === '') return null;
  const known = Object.entries(errorCatalogue).find(([code]) => code === errorCode);
  return {
    code: errorCode,
    text: known?.[1].text ?? '',
    documentation: hasDocs ? errorPage(errorCode) : '',
  };
}

function timelineOf({ course, firstByteMs, totalMs }: RecordDetail): LogDetail['timeline'] {
  const { authorizedMs, readMs, admittedMs, settledMs } = course;
  if (settledMs < 0) return null;
  return {
    authorized_ms: authorizedMs,
    body_ms: readMs,
    admitted_ms: admittedMs,
    first_byte_ms: firstByteMs,
    total_ms: totalMs,
    settled_ms: settledMs,
  };
}

function tryOf(made: UpstreamTry, isForAdmin: boolean): LogDetail['tries'][number] {
  return {
    channel_id: isForAdmin ? made.channelId : 0,
    channel_name: isForAdmin ? made.channelName : '',
    key_number: isForAdmin ? made.keyNumber : 0,
    status: made.status,
    result: made.result,
    start_ms: made.startMs,
    sent_ms: made.sentMs,
    first_byte_ms: made.firstByteMs,
    end_ms: made.endMs,
  };
}

async function taskIdOf(
  { jobs }: Pick<StoreBase, 'jobs'>,
  { requestId, detail }: StoredRecord,
): Promise<string> {
  if (!isJobOperation(detail.operation)) return '';
  const [job] = await jobs.list({ requestId }, { limit: 1, offset: 0, order: 'asc' });
  return job?.publicId ?? '';
}

export const detailEndpoint: Endpoint = accountEndpoint({
  method: 'GET',
  path: '/api/log/detail',
  access: 'account',
  summary: 'Explain one request',
  description:
    'Its timeline, the upstreams that were tried, tokens by kind, and the terms of its charge, which add up exactly. Your own requests; for administrators those of all accounts.',
  query: { request_id: requiredRequestId },
  data: logDetailSchema,
  async handle({ services: { reads, store, settings }, account, request }) {
    const isForAdmin = account.role >= roles.admin;
    const requestId = request.query.get('request_id') ?? '';
    const filter = { requestId, accountId: isForAdmin ? undefined : account.id };
    const { items } = await reads.listRecords(filter, { offset: 0, limit: 1 }, 0);
    const [record] = items;
    if (!record) throw new HalleyError('no_such_record');
    const { detail, accountId } = record;
    const [price] = detail.priceId === 0 ? [] : await store.getPrices([detail.priceId]);
    const explained: LogDetail = {
      record: logRecord(record, price, isForAdmin),
      operation: detail.operation,
      path: detail.path,
      estimated: detail.estimated,
      task_id: await taskIdOf(store, record),
      session: await sessionOf(reads, record),
      error: errorOf(detail, settings.docs.enabled),
      timeline: timelineOf(detail),
      tries: detail.course.tries.map((made) => tryOf(made, isForAdmin)),
      tokens: countsOf(detail, tokenFields),
      cost: costOf(record, price) ?? null,
      is_content_kept: accountId === account.id && (await store.getContent(requestId)) !== undefined,
    };
    return success(explained);
  },
});
