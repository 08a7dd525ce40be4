/** `/api/audit`: who changed what, for administrators; and for an account, what happened to its own objects. */
import type { AuditEvent } from '../../domain/audit.ts';
import { limits } from '../../platform/limits.ts';
import type { AuditQuery } from '../../store/audit-store.ts';
import type { AccountRow } from '../../store/store.ts';
import { accountEndpoint, type Endpoint } from '../endpoint.ts';
import { pageParameters, readPage } from '../paging.ts';
import { success } from '../response.ts';
import { auditAsCsv } from './csv.ts';
import { adminAuditParameters, auditParameters, readAdminAuditQuery, readAuditQuery } from './filter.ts';
import { auditPageSchema, auditRecord } from './schemas.ts';

const order = `Newest first. One page looks through ${limits.audit_searched_max} entries and may therefore hold fewer than \`page_size\`; \`next_before_id\` reads on.`;
const size = { page_size: pageParameters.page_size } as const;

/** What an administrator may see: objects of the gateway, of lower roles, of deleted accounts, and its own. */
function managedQuery({ id, role }: AccountRow, query: URLSearchParams): AuditQuery {
  return { ...readAdminAuditQuery(query), scope: { id, role } };
}

const list = accountEndpoint({
  method: 'GET',
  path: '/api/audit',
  access: 'admin',
  summary: 'List the audit log',
  description: `Of objects of the gateway, of accounts with a lower role, of deleted accounts, and your own. ${order}`,
  query: { ...adminAuditParameters, ...size },
  data: auditPageSchema,
  async handle({ services, account, request: { query } }) {
    const { limit } = readPage(query);
    const page = await services.reads.listEvents(managedQuery(account, query), limit);
    const items = page.items.map((event) => auditRecord(event, true));
    return success({ items, next_before_id: page.nextBeforeId ?? 0 });
  },
});

const own = accountEndpoint({
  method: 'GET',
  path: '/api/audit/self',
  access: 'account',
  summary: 'List the audit log of your own objects',
  description: `Your keys, your account, your sessions. Of changes that others made, address and credential are left out, except failed sign-ins. ${order}`,
  query: { ...auditParameters, ...size },
  data: auditPageSchema,
  async handle({ services, account, request: { query } }) {
    const { limit } = readPage(query);
    const page = await services.reads.listEvents({ ...readAuditQuery(query), ownerId: account.id }, limit);
    const mayTrace = ({ actorId, action }: AuditEvent) =>
      actorId === account.id || action === 'sign_in_failed';
    const items = page.items.map((event) => auditRecord(event, mayTrace(event)));
    return success({ items, next_before_id: page.nextBeforeId ?? 0 });
  },
});

const exportAll = accountEndpoint({
  method: 'GET',
  path: '/api/audit/export',
  access: 'admin',
  summary: 'Export the audit log as CSV',
  description: 'All entries that match the filters, newest first, as a stream. `changes` is a JSON text.',
  query: adminAuditParameters,
  contentType: 'text/csv',
  handle: ({ services, account, request: { query } }) => ({
    status: 200,
    contentType: 'text/csv; charset=utf-8',
    stream: auditAsCsv(services.reads, managedQuery(account, query), limits.export_batch_records),
    headers: { 'content-disposition': 'attachment; filename="audit.csv"' },
  }),
});

export const auditEndpoints: readonly Endpoint[] = [list, own, exportAll];
