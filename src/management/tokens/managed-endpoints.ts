/** `/api/admin/token` and `/api/user/{id}/token`: the keys of other accounts, for administrators. */
import { z } from 'zod';
import { managesKeysOf } from '../../accounts/roles.ts';
import { HalleyError } from '../../platform/errors.ts';
import { accountEndpoint, type Endpoint } from '../endpoint.ts';
import { makePage, pageOf, pageParameters, pageRecord, readPage } from '../paging.ts';
import { success } from '../response.ts';
import { deleteManaged, managedKey, searchManaged } from './managed-keys.ts';
import { missingManagedKey } from './missing-key.ts';
import { managedKeyRecord } from './record.ts';
import { batchDeleteSchema, managedKeySchema, managedSearchSchema, managedStateSchema } from './schemas.ts';

const access = 'admin';

const list = accountEndpoint({
  method: 'GET',
  path: '/api/user/{id}/token',
  access,
  summary: 'List the API keys of an account',
  description: 'Newest first, without their values. Of accounts with a lower role, and of your own.',
  query: pageParameters,
  data: pageOf(managedKeySchema),
  async handle({ services, account, id, request }) {
    const owner = await services.store.getAccount(id);
    if (!owner) throw new HalleyError('no_such_record');
    if (!managesKeysOf(account, owner)) {
      throw new HalleyError('forbidden', {
        message: 'You can see only keys of accounts whose role is lower than yours.',
      });
    }
    const page = readPage(request.query);
    const keys = await services.reads.searchManagedKeys(account, { accountId: id }, page);
    return success(pageRecord(page, keys, (each) => managedKeyRecord(services, each)));
  },
});

const search = accountEndpoint({
  method: 'POST',
  path: '/api/admin/token/search',
  access,
  summary: 'Search the API keys of all accounts',
  description:
    'By value, digest, name or account; a key must match all given fields. Newest first, without their values. Of accounts with a lower role, and of your own. The value is in the body, so that no log of URLs contains it.',
  body: managedSearchSchema,
  data: pageOf(managedKeySchema),
  async handle({ services, account, body }) {
    const page = makePage(textOf(body.p), textOf(body.page_size));
    const keys = await searchManaged(services, account, body, page);
    return success(pageRecord(page, keys, (each) => managedKeyRecord(services, each)));
  },
});

const textOf = (number: number | undefined) => (number === undefined ? null : String(number));

const get = accountEndpoint({
  method: 'GET',
  path: '/api/admin/token/{id}',
  access,
  summary: 'Get an API key of any account',
  description: 'Without its value. Of accounts with a lower role, and of your own.',
  data: managedKeySchema,
  handle: async ({ services, account, id }) =>
    success(managedKeyRecord(services, await managedKey(services, account, id))),
});

const setState = accountEndpoint({
  method: 'PUT',
  path: '/api/admin/token',
  access,
  summary: 'Disable or enable an API key of any account',
  description:
    'For accounts with a lower role, and your own. Responds after every node has applied it. Its owner may enable the key again; delete it to revoke it for good.',
  body: managedStateSchema,
  data: managedKeySchema,
  async handle({ services, account, body: { id, status } }) {
    const { account: owner } = await managedKey(services, account, id);
    const state = status === 1 ? 'enabled' : 'disabled';
    const key = await services.accessChanges.updateKey(owner.id, id, { state });
    if (!key) throw await missingManagedKey(services, account, id);
    return success(managedKeyRecord(services, { key, account: owner }));
  },
});

const remove = accountEndpoint({
  method: 'DELETE',
  path: '/api/admin/token/{id}',
  access,
  summary: 'Delete an API key of any account',
  description:
    'Of accounts with a lower role, and of your own. As `DELETE /api/token/{id}`: once this has answered `success: true` the key is dead.',
  async handle({ services, account, id }) {
    const deleted = await deleteManaged(services, account, [id]);
    if (deleted.length === 0) throw await missingManagedKey(services, account, id);
    return success();
  },
});

const removeMany = accountEndpoint({
  method: 'POST',
  path: '/api/admin/token/batch',
  access,
  summary: 'Delete several API keys of any accounts',
  description:
    '`data` is how many were deleted. Ignores ids that are unknown, or of accounts that you do not manage.',
  body: batchDeleteSchema,
  data: z.int(),
  handle: async ({ services, account, body }) =>
    success((await deleteManaged(services, account, [...new Set(body.ids)])).length),
});

export const managedTokenEndpoints: readonly Endpoint[] = [list, search, setState, removeMany, get, remove];
