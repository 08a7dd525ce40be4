/** `/api/token/deleted`: lists deleted keys and the attempts to use them since. */
import { z } from 'zod';
import { requireAdmin } from '../../accounts/roles.ts';
import type { DeletedKey } from '../../domain/tombstone.ts';
import type { AccountRow, DeletedKeyQuery } from '../../store/store.ts';
import { accountEndpoint, type Endpoint } from '../endpoint.ts';
import { numberOf } from '../logs/filter.ts';
import { pageOf, pageParameters, pageRecord, readPage } from '../paging.ts';
import { choiceParameter, numberParameter } from '../query-parameters.ts';
import { success } from '../response.ts';
import { maskedValue } from './record.ts';

const deletedKeySchema = z.object({
  id: z.int(),
  user_id: z.int().nullable().describe('`null` = deleted by a version that did not note it.'),
  name: z.string(),
  key: z.string().describe('Start and end of the value; empty = not known.'),
  deleted_time: z.int().describe('Seconds since 1970.'),
  attempts: z.int().describe('Later requests with the value. All were refused.'),
  last_attempt_time: z.int().describe('Seconds since 1970; 0 = never.'),
  addresses: z.array(z.string()).describe('Where the attempts came from, the latest first; at most 16.'),
});

function deletedKeyRecord(row: DeletedKey): z.infer<typeof deletedKeySchema> {
  return {
    id: row.id,
    user_id: row.accountId,
    name: row.name,
    key: maskedValue(row),
    deleted_time: row.deletedAt,
    attempts: row.attempts,
    last_attempt_time: row.lastAttemptAt,
    addresses: [...row.addresses],
  };
}

/** @throws HalleyError('forbidden') */
function readQuery(query: URLSearchParams, account: AccountRow): DeletedKeyQuery {
  const since = numberOf(query, 'since') ?? 0;
  const attempted = query.get('attempted') === '1';
  const scope = query.get('scope') || 'own';
  if (scope === 'own') return { since, attempted, accountId: account.id };
  requireAdmin(account);
  return { since, attempted, accountId: numberOf(query, 'user_id'), belowRole: account.role };
}

export const deletedKeysEndpoint: Endpoint = accountEndpoint({
  method: 'GET',
  path: '/api/token/deleted',
  access: 'account',
  summary: 'List deleted API keys, with the attempts to use them',
  description:
    'Latest deletion first. A key that still gets requests after its deletion is configured somewhere, or has leaked.',
  query: {
    since: numberParameter('Seconds since 1970: only keys deleted then or later.'),
    attempted: choiceParameter('`1` = only keys that clients used after the deletion.', ['0', '1']),
    scope: choiceParameter(
      '`own` (default), or for administrators `managed`: keys of all accounts of a lower role, and of deleted accounts.',
      ['own', 'managed'],
    ),
    user_id: numberParameter('With `managed`: only keys of this account.'),
    ...pageParameters,
  },
  data: pageOf(deletedKeySchema),
  async handle({ services, account, request }) {
    const page = readPage(request.query);
    const rows = await services.store.tombstones.listDeletedKeys(readQuery(request.query, account), page);
    return success(pageRecord(page, rows, deletedKeyRecord));
  },
});
