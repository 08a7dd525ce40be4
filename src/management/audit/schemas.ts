/** Schema of an entry of the audit log, and its record. */
import { z } from 'zod';
import type { AuditEvent, FieldChange } from '../../domain/audit.ts';
import { auditActions, auditCredentials, auditObjects } from '../../domain/audit-terms.ts';

const changeSchema = z.object({
  field: z.string().describe('Named as in the API of the object.'),
  secret: z.boolean().describe('Whether the value is a secret: then only the change is kept.'),
  before: z.unknown().optional().describe('JSON; missing when there was no value, and for a secret.'),
  after: z.unknown().optional(),
});

export const auditRecordSchema = z.object({
  id: z.int(),
  created_ms: z.int().describe('Milliseconds since 1970.'),
  actor_id: z
    .int()
    .describe('The account that acted; 0 = none is known, or a command on the machine itself.'),
  actor_name: z
    .string()
    .describe('Its user name at that time; for a command, the user of the operating system.'),
  credential: z
    .enum(auditCredentials)
    .describe(
      '`cli` = a command on the machine itself, `gateway` = the gateway by itself, `none` = an unknown caller.',
    ),
  credential_id: z
    .string()
    .describe('Start of the digest of the session, access token or API key; empty = it has none.'),
  address: z.string().describe('Empty = there was none, it was erased, or you may not see it.'),
  user_agent: z.string(),
  request_id: z.string(),
  action: z.enum(auditActions),
  object_type: z.enum(auditObjects),
  object_id: z.int().describe('0 = objects of this type have no number.'),
  object_name: z
    .string()
    .describe(
      'Its name at that time; for a price the model, for a session the start of its digest, for content the request.',
    ),
  owner_id: z.int().describe('The account that the object belongs to; 0 = to the gateway.'),
  changes: z.array(changeSchema),
});

export type AuditRecord = z.infer<typeof auditRecordSchema>;

export const auditPageSchema = z.object({
  items: z.array(auditRecordSchema),
  next_before_id: z
    .int()
    .describe('For `before_id` of the next page, which may be empty; 0 = there is none.'),
});

/** @param mayTrace whether the reader may see from where the change was made */
export function auditRecord(event: AuditEvent, mayTrace: boolean): AuditRecord {
  return {
    id: event.id,
    created_ms: event.createdMs,
    actor_id: event.actorId,
    actor_name: event.actorName,
    credential: event.credential,
    credential_id: mayTrace ? event.credentialId : '',
    address: mayTrace ? event.address : '',
    user_agent: mayTrace ? event.userAgent : '',
    request_id: event.requestId,
    action: event.action,
    object_type: event.object,
    object_id: event.objectId,
    object_name: event.objectName,
    owner_id: event.ownerId,
    changes: event.changes.map(changeRecord),
  };
}

function changeRecord({ field, ...values }: FieldChange): AuditRecord['changes'][number] {
  return {
    field,
    secret: !('before' in values || 'after' in values),
    ...values,
  } as AuditRecord['changes'][number];
}
