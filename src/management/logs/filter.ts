/** Parses a query into a record filter. */

import { type RecordType, recordTypes } from '../../domain/accounting/terms.ts';
import { type RequestState, requestStates } from '../../domain/request-outcome.ts';
import type { RecordFilter, RecordPlace } from '../../store/ledger-store.ts';
import { listParameter, numberParameter, type QueryParameter, textParameter } from '../query-parameters.ts';

const wildcardsMax = 2;
const modelPattern = /^[^%]*(%[^%]*){0,2}$/;

function typeParameter(): QueryParameter {
  const most = Math.max(...Object.values(recordTypes));
  return {
    ...numberParameter('1 top-up, 2 consumption, 3 management, 4 system, 5 error, 6 refund; 0 = any.'),
    schema: { type: 'integer', minimum: 0, maximum: most },
    fault: (text) =>
      /^[0-9]+$/.test(text) && Number(text) <= most ? undefined : `must be a number from 0 to ${most}`,
  };
}

/** Parameters of every endpoint that filters records. */
export const filterParameters = {
  type: typeParameter(),
  model_name: textParameter('Model id; `%` stands for any run of characters, at most twice.', {
    schema: { type: 'string', pattern: modelPattern.source },
    fault: (text) => (modelPattern.test(text) ? undefined : `may hold at most ${wildcardsMax} %`),
  }),
  token_name: 'Name of the key at that time.',
  start_timestamp: numberParameter('Seconds since 1970, inclusive.', ['start_time']),
  end_timestamp: numberParameter('Seconds since 1970, inclusive.', ['end_time']),
  group: 'Group that the request was charged in.',
  request_id: "The gateway's own id of the request.",
  response_id: "The upstream's id of its response.",
  token_id: numberParameter('Id of the key.'),
} as const;

export const requiredRequestId = textParameter(filterParameters.request_id, {
  required: true,
  schema: { type: 'string', minLength: 1 },
});

export const adminFilterParameters = {
  ...filterParameters,
  username: 'User name of the account.',
  user_id: numberParameter('Id of the account.'),
  channel: numberParameter('Id of the channel that responded.'),
} as const;

/** Further filters, of endpoints that look at a bounded number of records. */
const searchFilters = {
  token_ids: listParameter('Ids of keys.', 'ids of keys', '[1-9][0-9]{0,14}'),
  models: listParameter('Model ids, exactly.', 'model ids', '[^,]{1,200}'),
  state: listParameter(
    'How requests ended: `ok` (a complete response), `error`, `aborted` (the client left, or rights were revoked).',
    requestStates.join(' or '),
    requestStates.join('|'),
  ),
  outcome: listParameter('Outcomes, as records have them.', 'outcomes', '[a-z_]{1,40}'),
  error_code: listParameter('Codes of errors.', 'codes of errors', '[a-z0-9_]{1,80}'),
  min_quota: numberParameter('Only records with a charge of at least this many units.'),
  min_ms: numberParameter('Only records with a duration of at least this many milliseconds.'),
} as const;

export const searchParameters = { ...filterParameters, ...searchFilters } as const;
export const adminSearchParameters = { ...adminFilterParameters, ...searchFilters } as const;

const placePattern = /^[0-9]{1,12}\.[0-9]{1,15}$/;

export function placeParameter(description: string): QueryParameter {
  return textParameter(description, {
    schema: { type: 'string', pattern: placePattern.source },
    fault: (text) => (placePattern.test(text) ? undefined : 'must be a position from an earlier response'),
  });
}

/** Reads a place as `placeText` writes it. */
export function readPlace(query: URLSearchParams, name: string): RecordPlace | undefined {
  const [at, id] = (textOf(query, name) ?? '').split('.');
  return id === undefined ? undefined : { at: Number(at), id: Number(id) };
}

export function placeText({ at, id }: RecordPlace): string {
  return `${at}.${id}`;
}

function listOf(query: URLSearchParams, name: keyof typeof searchFilters): readonly string[] | undefined {
  return textOf(query, name)?.split(',');
}

/** As `readFilter` or `readAdminFilter`, with what `searchParameters` name besides. */
export function withSearch(filter: RecordFilter, query: URLSearchParams): RecordFilter {
  const [keyIds, models] = [listOf(query, 'token_ids')?.map(Number), listOf(query, 'models')];
  const [keyId, otherKey] = filter.keyId === undefined ? (keyIds ?? []) : [];
  const [model = '%', otherModel] = filter.model === undefined ? (models ?? []) : [];
  return {
    ...filter,
    // An index decides on one.
    ...(keyId !== undefined && otherKey === undefined ? { keyId } : { keyIds }),
    ...(otherModel === undefined && !model.includes('%') ? { model } : { models }),
    states: listOf(query, 'state') as readonly RequestState[] | undefined,
    outcomes: listOf(query, 'outcome'),
    errorCodes: listOf(query, 'error_code'),
    minUnits: numberOf(query, 'min_quota'),
    minMs: numberOf(query, 'min_ms'),
  };
}

/** Reads the filter of a validated query. */
export function readFilter(query: URLSearchParams): RecordFilter {
  return {
    type: numberOf(query, 'type') as RecordType | undefined,
    model: textOf(query, 'model_name'),
    keyName: textOf(query, 'token_name'),
    ...readTimes(query),
    group: textOf(query, 'group'),
    requestId: textOf(query, 'request_id'),
    responseId: textOf(query, 'response_id'),
    keyId: numberOf(query, 'token_id'),
    beforeId: numberOf(query, 'before_id'),
  };
}

/** As `readFilter`, with the parameters reserved for administrators. */
export function readAdminFilter(query: URLSearchParams): RecordFilter {
  return {
    ...readFilter(query),
    username: textOf(query, 'username'),
    accountId: numberOf(query, 'user_id'),
    channelId: numberOf(query, 'channel'),
  };
}

/** Reads the times of a query under every name that clients use. */
export function readTimes(query: URLSearchParams): {
  readonly from: number | undefined;
  readonly to: number | undefined;
} {
  return {
    from: numberOf(query, 'start_timestamp') ?? numberOf(query, 'start_time'),
    to: numberOf(query, 'end_timestamp') ?? numberOf(query, 'end_time'),
  };
}

export function textOf(query: URLSearchParams, name: string): string | undefined {
  return query.get(name) || undefined;
}

/** Reads a validated numeric parameter; missing, empty and 0 mean no filter. */
export function numberOf(query: URLSearchParams, name: string): number | undefined {
  return Number(query.get(name) ?? 0) || undefined;
}
