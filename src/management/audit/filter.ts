/** Parses a query into a filter of the audit log. */
import { type AuditAction, type AuditObject, auditActions, auditObjects } from '../../domain/audit-terms.ts';
import type { AuditQuery } from '../../store/audit-store.ts';
import { numberOf, readTimes, textOf } from '../logs/filter.ts';
import { choiceParameter, numberParameter } from '../query-parameters.ts';

const before = 'Only entries after this one in the order: `next_before_id` of the page before.';

/** Parameters of every endpoint that filters entries. */
export const auditParameters = {
  id: numberParameter('Only this entry.'),
  q: 'Part of the name of the actor or of the object, of the client address, or of the request id.',
  action: choiceParameter('What was done.', auditActions),
  object_type: choiceParameter('The type of the object.', auditObjects),
  object_id: numberParameter('Id of the object; goes with `object_type`.'),
  object_name: 'Name of the object at that time.',
  start_time: numberParameter('Seconds since 1970, inclusive.', ['start_timestamp']),
  end_time: numberParameter('Seconds since 1970, inclusive.', ['end_timestamp']),
  before_id: numberParameter(before),
} as const;

export const adminAuditParameters = {
  ...auditParameters,
  actor_id: numberParameter('Id of the account that acted.'),
  owner_id: numberParameter('Id of the account that the object belongs to.'),
  address: 'Address of the client.',
} as const;

/** Reads the filter of a validated query. */
export function readAuditQuery(query: URLSearchParams): AuditQuery {
  const { from, to } = readTimes(query);
  return {
    id: numberOf(query, 'id'),
    text: textOf(query, 'q')?.toLowerCase(),
    action: textOf(query, 'action') as AuditAction | undefined,
    object: textOf(query, 'object_type') as AuditObject | undefined,
    objectId: numberOf(query, 'object_id'),
    objectName: textOf(query, 'object_name'),
    fromMs: from && from * 1000,
    toMs: to && to * 1000 + 999,
    beforeId: numberOf(query, 'before_id'),
  };
}

/** As `readAuditQuery`, with the parameters reserved for administrators. */
export function readAdminAuditQuery(query: URLSearchParams): AuditQuery {
  return {
    ...readAuditQuery(query),
    actorId: numberOf(query, 'actor_id'),
    ownerId: numberOf(query, 'owner_id'),
    address: textOf(query, 'address'),
  };
}
