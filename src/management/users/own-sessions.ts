/** `/api/user/session`: the sessions of the caller's own account, and how to end them. */
import { z } from 'zod';
import { lastUseOf, parseSessionId, sessionId } from '../../accounts/sessions.ts';
import { parseUserAgent } from '../../domain/user-agent.ts';
import { HalleyError } from '../../platform/errors.ts';
import type { SessionRow } from '../../store/sign-in-store.ts';
import type { Caller } from '../authenticate.ts';
import { accountEndpoint, type Endpoint } from '../endpoint.ts';
import { pageOf, pageParameters, pageRecord, readPage } from '../paging.ts';
import type { ManagementRequest } from '../request.ts';
import { success } from '../response.ts';
import { nowSeconds, type Services } from '../services.ts';
import { sessionCookie } from '../session-cookie.ts';

const access = 'account';
const path = '/api/user/session';

const sessionSchema = z.object({
  id: z.string().describe('16 hexadecimal digits. It is not a secret.'),
  current: z.boolean().describe('Whether this call is made with it.'),
  created_time: z.int().describe('Seconds since 1970.'),
  last_used_time: z.int().describe('Seconds since 1970, to the minute.'),
  expired_time: z.int().describe('When it ends, in seconds since 1970.'),
  address: z.string().describe('Of the client that used it last; empty = unknown.'),
  browser: z.string().describe('`Firefox`; empty = unknown.'),
  system: z.string().describe('`Windows`; empty = unknown.'),
  user_agent: z.string().describe('The header at the sign-in, shortened.'),
});

/** Whether a session is the one that the caller presented. */
function isPresented(id: string, { session, credential }: Pick<Caller, 'session' | 'credential'>): boolean {
  return session !== undefined && sessionId(credential.digest) === id;
}

function sessionRecord(row: SessionRow, caller: Caller): z.infer<typeof sessionSchema> {
  const id = sessionId(row.digest);
  return {
    id,
    current: isPresented(id, caller),
    created_time: row.createdAt,
    last_used_time: lastUseOf(row),
    expired_time: row.expiresAt,
    address: row.address,
    ...parseUserAgent(row.userAgent),
    user_agent: row.userAgent,
  };
}

const list = accountEndpoint({
  method: 'GET',
  path,
  access,
  summary: 'List your sessions',
  description: 'The last used first.',
  query: pageParameters,
  data: pageOf(sessionSchema),
  async handle({ services, request, ...caller }) {
    const page = readPage(request.query);
    const { signIns } = services.store;
    const found = await signIns.listSessions(caller.account.id, nowSeconds(services), page);
    return success(pageRecord(page, found, (row) => sessionRecord(row, caller)));
  },
});

const endOne = accountEndpoint({
  method: 'DELETE',
  path: `${path}/{id}`,
  access,
  summary: 'End one of your sessions',
  description: 'When the call responds, the session is refused on every node.',
  segment: 'The `id` of the session.',
  async handle({ services, request, segment, ...caller }) {
    const idBytes = parseSessionId(segment);
    const isEnded = idBytes && (await services.changes.endSession(caller.account.id, idBytes));
    if (!isEnded) throw new HalleyError('no_such_record');
    return success(undefined, isPresented(segment, caller) ? withoutCookie(services, request) : {});
  },
});

const endOthers = accountEndpoint({
  method: 'DELETE',
  path,
  access,
  summary: 'End all of your other sessions',
  description:
    'Every session but the one that the call is made with; with an access token every session. `data` is how many.',
  data: z.int(),
  async handle({ services, account, credential }) {
    return success(await services.changes.endOtherSessions(account.id, credential.digest));
  },
});

function withoutCookie({ settings }: Services, { headers }: ManagementRequest) {
  return { 'set-cookie': sessionCookie('', 0, { headers, publicUrl: settings.public_url }) };
}

export const ownSessionEndpoints: readonly Endpoint[] = [list, endOne, endOthers];
