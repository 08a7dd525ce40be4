/** What a job costs, and the settlement that ends it. */
import { recordTypes } from '../../domain/accounting/terms.ts';
import { type JobEnding, jobOperation } from '../../domain/job.ts';
import { type ModelRates, ratesIn } from '../../domain/rates.ts';
import { noCourse } from '../../domain/request-course.ts';
import { noUsage, type Usage } from '../../domain/usage.ts';
import { unitsOf } from '../../ledger/price.ts';
import type { JobRow, NewJob } from '../../store/job-store.ts';
import type { RecordDetail, Settlement } from '../../store/ledger-store.ts';

export interface JobCharge {
  readonly usage: Usage;
  readonly units: number;
}

export const freeOfCharge: JobCharge = { usage: noUsage, units: 0 };

/** A job that succeeded is charged what the upstream says that it used, and else what was reserved for. */
export function chargeOf(
  { pieces, variant, multiplier }: Pick<JobRow, 'pieces' | 'variant' | 'multiplier'>,
  rates: ModelRates | undefined,
  reported: Partial<Usage> = {},
): JobCharge {
  const usage = { ...noUsage, ...pieces, ...reported };
  return { usage, units: rates ? unitsOf(usage, ratesIn(rates, '', variant), multiplier) : 0 };
}

type Ending = Pick<JobEnding, 'state' | 'failure' | 'endedMs'>;

/** The settlement that ends a job. */
export function settlementOf(row: JobRow, ending: Ending, charge: JobCharge): Settlement {
  return { ...withoutJob(row, ending, charge), job: { id: row.id, ...ending } };
}

/** The settlement of a submit that ended before there was a job. */
export function withoutJob(row: NewJob | JobRow, ending: Ending, { usage, units }: JobCharge): Settlement {
  const { requestId, accountId, keyId, model, reserved } = row;
  const hasSucceeded = ending.state === 'succeeded';
  return {
    record: {
      requestId,
      type: hasSucceeded ? recordTypes.consume : recordTypes.error,
      createdAt: Math.floor(ending.endedMs / 1000),
      accountId,
      keyId,
      model,
      units,
      detail: detailOf(row, ending, usage),
    },
    reserved,
  };
}

function detailOf(row: NewJob | JobRow, { state, endedMs }: Ending, usage: Usage): RecordDetail {
  const { username, keyName, channelName, channelId, group, clientAddress, path, source, attempts } = row;
  const { priceId, multiplier, variant, createdMs } = row;
  const hasSucceeded = state === 'succeeded';
  return {
    ...usage,
    ...{ username, keyName, channelName, channelId, group, clientAddress, path, source, attempts },
    ...{ priceId, multiplier, variant, responseId: 'upstreamId' in row ? row.upstreamId : '' },
    operation: operationOf(row),
    stream: false,
    status: hasSucceeded ? 200 : 502,
    outcome: hasSucceeded ? 'done' : 'error',
    errorCode: hasSucceeded ? '' : 'job_failed',
    estimated: false,
    firstByteMs: -1,
    totalMs: Math.max(0, endedMs - createdMs),
    tier: '',
    content: '',
    course: noCourse,
  };
}

/** The name of what a client asked for, in records, logs and metrics. */
export const operationOf = ({ vendor, action }: Pick<JobRow, 'vendor' | 'action'>): string =>
  jobOperation(vendor, action);
