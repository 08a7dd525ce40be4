/** `/api/user`: accounts, for administrators. */
import { HalleyError } from '../../platform/errors.ts';
import { type AccountQuery, roles } from '../../store/store.ts';
import { accountEndpoint, type Endpoint } from '../endpoint.ts';
import { beforeParameter, pageOf, pageParameters, pageRecord, readPage } from '../paging.ts';
import { choiceParameter } from '../query-parameters.ts';
import { success } from '../response.ts';
import {
  createUser,
  deleteUser,
  revokeCredentials,
  setUserRole,
  setUserState,
  updateUser,
} from './administration.ts';
import { accountRecord } from './record.ts';
import {
  accountRecordSchema,
  createUserSchema,
  manageUserSchema,
  revokedCredentialsSchema,
  updateUserSchema,
} from './schemas.ts';

const access = 'admin';

const list = accountEndpoint({
  method: 'GET',
  path: '/api/user',
  access,
  summary: 'List accounts',
  description: 'Newest first.',
  query: { ...beforeParameter, ...pageParameters },
  data: pageOf(accountRecordSchema),
  async handle({ services, request }) {
    const page = readPage(request.query);
    return success(
      pageRecord(page, await services.reads.listAccounts({}, page), (row) => accountRecord(services, row)),
    );
  },
});

function queryOf(query: URLSearchParams): AccountQuery {
  const status = query.get('status');
  const role = Number(query.get('role'));
  return {
    keyword: query.get('keyword') || undefined,
    state: status ? (status === '1' ? 'enabled' : 'disabled') : undefined,
    role: Object.values(roles).find((each) => each === role),
  };
}

const search = accountEndpoint({
  method: 'GET',
  path: '/api/user/search',
  access,
  summary: 'Search accounts',
  query: {
    keyword: 'Part of the user name, display name or email, or the id.',
    status: choiceParameter('1 enabled, 2 disabled.', ['1', '2']),
    role: choiceParameter('1 user, 10 administrator, 100 root.', Object.values(roles).map(String)),
    ...beforeParameter,
    ...pageParameters,
  },
  data: pageOf(accountRecordSchema),
  async handle({ services, request }) {
    const page = readPage(request.query);
    const found = await services.reads.listAccounts(queryOf(request.query), page);
    return success(pageRecord(page, found, (row) => accountRecord(services, row)));
  },
});

const get = accountEndpoint({
  method: 'GET',
  path: '/api/user/{id}',
  access,
  summary: 'Get an account',
  data: accountRecordSchema,
  async handle({ services, id }) {
    const row = await services.store.getAccount(id);
    if (!row) throw new HalleyError('no_such_record');
    return success(accountRecord(services, row));
  },
});

const create = accountEndpoint({
  method: 'POST',
  path: '/api/user',
  access,
  summary: 'Create an account',
  body: createUserSchema,
  data: accountRecordSchema,
  handle: async ({ services, confirm, body }) =>
    success(accountRecord(services, await createUser(services, confirm, body))),
});

const update = accountEndpoint({
  method: 'PUT',
  path: '/api/user',
  access,
  summary: 'Update an account',
  description:
    'Changes only the given fields. A new password ends the sessions and revokes the access token; disabling ends the sessions.',
  body: updateUserSchema,
  data: accountRecordSchema,
  handle: async ({ services, confirm, body }) =>
    success(accountRecord(services, await updateUser(services, confirm, body))),
});

const remove = accountEndpoint({
  method: 'DELETE',
  path: '/api/user/{id}',
  access,
  summary: 'Delete an account',
  description: 'When the call responds, its keys, access token and sessions are revoked on every node.',
  async handle({ services, account, id }) {
    await deleteUser(services, account, id);
    return success();
  },
});

const revoke = accountEndpoint({
  method: 'POST',
  path: '/api/user/{id}/revoke',
  access,
  summary: 'Revoke all credentials of an account',
  description:
    'Deletes all of its keys and its access token and ends its sessions, for good. When the call responds, they are revoked on every node. The account keeps its password, balance and records.',
  data: revokedCredentialsSchema,
  handle: async ({ services, account, id }) => success(await revokeCredentials(services, account, id)),
});

const manage = accountEndpoint({
  method: 'POST',
  path: '/api/user/manage',
  access,
  summary: 'Enable, disable, delete, promote or demote an account',
  description:
    'Returns the record, except after a deletion. The keys and access token of a disabled account are refused until it is enabled again; its sessions end for good. To revoke keys and token for good, delete the account or revoke its credentials.',
  body: manageUserSchema,
  data: accountRecordSchema.optional(),
  async handle({ services, account, body }) {
    const { id, action } = body;
    switch (action) {
      case 'enable':
        return success(accountRecord(services, await setUserState(services, account, id, 'enabled')));
      case 'disable':
        return success(accountRecord(services, await setUserState(services, account, id, 'disabled')));
      case 'promote':
        return success(accountRecord(services, await setUserRole(services, account, id, roles.admin)));
      case 'demote':
        return success(accountRecord(services, await setUserRole(services, account, id, roles.user)));
      case 'delete':
        await deleteUser(services, account, id);
        return success();
    }
  },
});

export const userAdminEndpoints: readonly Endpoint[] = [
  list,
  create,
  update,
  search,
  manage,
  get,
  remove,
  revoke,
];
