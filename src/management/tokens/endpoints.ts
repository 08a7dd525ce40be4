/** `/api/token`: an account's own API keys. Another account's key looks as if it did not exist. */
import { z } from 'zod';
import type { KeyRow } from '../../domain/key.ts';
import { HalleyError } from '../../platform/errors.ts';
import { accountEndpoint, type Endpoint } from '../endpoint.ts';
import { beforeParameter, pageOf, pageParameters, pageRecord, readPage } from '../paging.ts';
import { choiceParameter } from '../query-parameters.ts';
import type { ManagementRequest } from '../request.ts';
import { success } from '../response.ts';
import type { Services } from '../services.ts';
import { keyWarnings } from '../warnings.ts';
import { batchStatusEndpoint } from './batch-status.ts';
import { createKey } from './create.ts';
import { deletedKeysEndpoint } from './deleted.ts';
import { fieldsContext } from './endpoint-context.ts';
import { newKeyFields, statusOnlyFields, updatedKeyFields } from './fields.ts';
import { missingKey } from './missing-key.ts';
import { keyRecord, maskedValue, revealValues } from './record.ts';
import {
  batchDeleteSchema,
  batchRevealSchema,
  createKeySchema,
  keyRecordSchema,
  updateKeySchema,
} from './schemas.ts';
import { searchKeys } from './search.ts';

const access = 'account';

const maskedParameter = {
  masked: choiceParameter('`1` = the value in `key` is masked.', ['0', '1']),
} as const;

/** The record of a request that may have asked for a masked value. */
function readRecord(services: Services, row: KeyRow, { query }: ManagementRequest) {
  return keyRecord(services, row, query.get('masked') === '1' ? maskedValue(row) : undefined);
}

const list = accountEndpoint({
  method: 'GET',
  path: '/api/token',
  access,
  summary: 'List API keys',
  description: 'Newest first.',
  query: { ...beforeParameter, ...pageParameters },
  data: pageOf(keyRecordSchema),
  async handle({ services, account, request }) {
    const page = readPage(request.query);
    const keys = await services.reads.listKeys(account.id, page);
    return success(pageRecord(page, keys, (row) => keyRecord(services, row)));
  },
});

const search = accountEndpoint({
  method: 'GET',
  path: '/api/token/search',
  access,
  summary: 'Search API keys',
  query: {
    keyword: 'The name. `%` stands for any run of characters: at most two, with two other characters.',
    token: 'The value, with or without `sk-`.',
    ...beforeParameter,
    ...pageParameters,
  },
  data: pageOf(keyRecordSchema),
  async handle({ services, account, request }) {
    const page = readPage(request.query);
    const query = { keyword: request.query.get('keyword') ?? '', token: request.query.get('token') ?? '' };
    const keys = await searchKeys(services, account.id, query, page);
    return success(pageRecord(page, keys, (row) => keyRecord(services, row)));
  },
});

const get = accountEndpoint({
  method: 'GET',
  path: '/api/token/{id}',
  access,
  summary: 'Get an API key',
  description:
    'For a key of yours that was deleted, the header `X-Halley-Already-Deleted` of the refusal holds the time.',
  query: maskedParameter,
  data: keyRecordSchema,
  async handle({ services, account, request, id }) {
    const row = await services.store.getKey(account.id, id);
    if (!row) throw await missingKey(services, account.id, id);
    return success(readRecord(services, row, request));
  },
});

const create = accountEndpoint({
  method: 'POST',
  path: '/api/token',
  access,
  summary: 'Create an API key',
  description:
    'The answer holds the whole record with the value. Without `remain_quota` and `unlimited_quota` the key has a quota of 0, and every request with it is refused. An `expired_time` in the past is refused.',
  body: createKeySchema,
  data: keyRecordSchema,
  warns: true,
  async handle({ services, account, credential, body }) {
    const fields = newKeyFields(body, fieldsContext(services, account.group));
    const { row, value } = await createKey(services, account.id, fields, credential);
    const { id: _ignored, ...named } = body;
    return success(keyRecord(services, row, value), {}, keyWarnings(services, account, row, named));
  },
});

const update = accountEndpoint({
  method: 'PUT',
  path: '/api/token',
  access,
  summary: 'Update an API key',
  description:
    'Changes only the given fields. The value of a key cannot be changed. Responds after every node has applied a revocation.',
  query: { status_only: '`1` changes the status alone, whatever else is sent.', ...maskedParameter },
  body: updateKeySchema,
  data: keyRecordSchema,
  warns: true,
  async handle({ services, account, request, body }) {
    const current = await services.store.getKey(account.id, body.id);
    if (!current) throw await missingKey(services, account.id, body.id);
    const context = fieldsContext(services, account.group);
    const statusOnly = request.query.get('status_only') === '1';
    const fields = (statusOnly ? statusOnlyFields : updatedKeyFields)(body, current, context);
    const row = await services.accessChanges.updateKey(account.id, body.id, fields);
    if (!row) throw new HalleyError('no_such_record');
    const warnings = statusOnly ? [] : keyWarnings(services, account, row, body);
    return success(readRecord(services, row, request), {}, warnings);
  },
});

const remove = accountEndpoint({
  method: 'DELETE',
  path: '/api/token/{id}',
  access,
  summary: 'Delete an API key',
  description:
    'Once this has answered `success: true`, no request with the key is admitted any more, and those that were running have been ended. The value is never issued again. Sent again it answers as for an unknown id, with the time of the deletion in the header `X-Halley-Already-Deleted`.',
  async handle({ services, account, id }) {
    const deleted = await services.accessChanges.deleteKeys(account.id, [id]);
    if (deleted.length === 0) throw await missingKey(services, account.id, id);
    return success();
  },
});

const removeMany = accountEndpoint({
  method: 'POST',
  path: '/api/token/batch',
  access,
  summary: 'Delete several API keys',
  description: '`data` is how many were deleted. Ignores ids that are unknown or not yours.',
  body: batchDeleteSchema,
  data: z.int(),
  async handle({ services, account, body }) {
    const deleted = await services.accessChanges.deleteKeys(account.id, [...new Set(body.ids)]);
    return success(deleted.length);
  },
});

const onceOnly = () =>
  new HalleyError('refused', {
    message: 'The value of this key was shown when it was created and cannot be shown again.',
  });

const reveal = accountEndpoint({
  method: 'POST',
  path: '/api/token/{id}/key',
  access,
  summary: 'Reveal the value of an API key',
  data: z.object({ key: z.string() }),
  async handle({ services, account, id }) {
    const row = await services.store.getKey(account.id, id);
    if (!row) throw await missingKey(services, account.id, id);
    const values = await revealValues(services, [row]);
    if (!values) throw onceOnly();
    return success({ key: values[0] });
  },
});

const revealMany = accountEndpoint({
  method: 'POST',
  path: '/api/token/batch/keys',
  access,
  summary: 'Reveal the values of several API keys',
  description: 'Ignores ids that are unknown or not yours.',
  body: batchRevealSchema,
  data: z.object({ keys: z.record(z.string(), z.string()) }),
  async handle({ services, account, body }) {
    const rows = await Promise.all([...new Set(body.ids)].map((id) => services.store.getKey(account.id, id)));
    const known = rows.filter((row) => row !== undefined);
    const values = await revealValues(services, known);
    if (!values) throw onceOnly();
    return success({ keys: Object.fromEntries(known.map(({ id }, index) => [id, values[index]])) });
  },
});

export const tokenEndpoints: readonly Endpoint[] = [
  list,
  create,
  update,
  search,
  deletedKeysEndpoint,
  removeMany,
  revealMany,
  batchStatusEndpoint,
  get,
  remove,
  reveal,
];
