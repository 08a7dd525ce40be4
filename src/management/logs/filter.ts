/** Which records a query means. */
import { HalleyError } from '../../platform/errors.ts';
import { type RecordFilter, type RecordType, recordTypes } from '../../store/ledger-store.ts';

/** For the documentation of every endpoint that takes them. */
export const filterParameters = {
  type: '1 top-up, 2 consumption, 3 management, 4 system, 5 error, 6 refund; 0 = any.',
  model_name: 'Model id; `%` stands for any run of characters, at most twice.',
  token_name: 'Name of the key, as it was then.',
  start_timestamp: 'Seconds since 1970, inclusive.',
  end_timestamp: 'Seconds since 1970, inclusive.',
  group: 'Group that the request was charged in.',
  request_id: "The gateway's own id of the request.",
  response_id: "The upstream's id of its answer.",
  token_id: 'Id of the key.',
} as const;

export const adminFilterParameters = {
  ...filterParameters,
  username: 'User name of the account.',
  user_id: 'Id of the account.',
  channel: 'Id of the channel that answered.',
} as const;

const wildcardsMax = 2;
const types: ReadonlySet<number> = new Set(Object.values(recordTypes));

/** @throws HalleyError('invalid_value') naming the parameter */
export function readFilter(query: URLSearchParams): RecordFilter {
  return {
    type: readType(query),
    model: readModel(query),
    keyName: textOf(query, 'token_name'),
    ...readTimes(query),
    group: textOf(query, 'group'),
    requestId: textOf(query, 'request_id'),
    responseId: textOf(query, 'response_id'),
    keyId: numberOf(query, 'token_id'),
    beforeId: numberOf(query, 'before_id'),
  };
}

/** As `readFilter`, with what only administrators may ask for. */
export function readAdminFilter(query: URLSearchParams): RecordFilter {
  return {
    ...readFilter(query),
    username: textOf(query, 'username'),
    accountId: numberOf(query, 'user_id'),
    channelId: numberOf(query, 'channel'),
  };
}

/** The times of a query, in each of the ways that clients write them. */
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

/** A positive whole number; missing, empty and 0 mean that it is not asked for. */
export function numberOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name) ?? '';
  if (/^0*$/.test(text)) return undefined;
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(number)) throw wrong(name, 'must be a positive whole number');
  return number;
}

export function wrong(name: string, problem: string): HalleyError {
  return new HalleyError('invalid_value', { message: `The parameter "${name}" ${problem}.`, param: name });
}

function readType(query: URLSearchParams): RecordType | undefined {
  const type = numberOf(query, 'type');
  if (type === undefined) return undefined;
  if (!types.has(type)) throw wrong('type', 'must be a number from 0 to 6');
  return type as RecordType;
}

function readModel(query: URLSearchParams): string | undefined {
  const model = textOf(query, 'model_name');
  if ((model?.split('%').length ?? 0) - 1 > wildcardsMax) {
    throw wrong('model_name', `may hold at most ${wildcardsMax} %`);
  }
  return model;
}
